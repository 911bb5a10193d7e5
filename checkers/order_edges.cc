#include "checkers/order_edges.h"

#include "absl/container/flat_hash_map.h"

namespace gyre {

void AddRealtimeEdges(const History& history, VertexOfEntry vertices, TxnGraph* graph) {
  uint32_t junction = kNoVertex;
  bool left = false;  // the last junction leads to a transaction already
  for (uint32_t i = 0; i < history.size(); ++i) {
    const OpType type = history[i].type;
    if (type == OpType::kOk && vertices[i] != kNoVertex) {
      if (junction == kNoVertex || left) {
        const uint32_t next = graph->AddJunction();
        if (junction != kNoVertex) graph->Link(junction, next, kInner);
        junction = next;
        left = false;
      }
      graph->Link(vertices[i], junction, kRealtime);
    } else if (type == OpType::kInvoke && junction != kNoVertex) {
      const uint32_t vertex = vertices[history.pair(i) != History::kNone ? history.pair(i) : i];
      if (vertex == kNoVertex) continue;
      graph->Link(junction, vertex, kInner);
      left = true;
    }
  }
}

void AddProcessEdges(const History& history, VertexOfEntry vertices, TxnGraph* graph) {
  absl::flat_hash_map<int32_t, uint32_t> last;
  for (uint32_t i = 0; i < history.size(); ++i) {
    if (history[i].type != OpType::kOk || vertices[i] == kNoVertex) continue;
    const auto [found, is_first] = last.try_emplace(history[i].process.value(), vertices[i]);
    if (!is_first) graph->Link(found->second, vertices[i], kProcess);
    found->second = vertices[i];
  }
}

}  // namespace gyre
