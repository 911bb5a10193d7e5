#include "checkers/txn_graph.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace gyre {
namespace {

// Fewer edges than this are drawn one by one.
constexpr size_t kFewEdges = 64;

}  // namespace

void TxnGraph::LinkAllToAll(absl::Span<const uint32_t> from, absl::Span<const uint32_t> to, Relation relation) {
  if (from.size() <= 1 || to.size() <= 1 || from.size() * to.size() <= kFewEdges) {
    for (const uint32_t a : from) {
      for (const uint32_t b : to) Link(a, b, relation);
    }
    return;
  }
  LinkThroughJunctions(from, to, relation);
}

// Junction `up[i]` leads to to[0..i], `down[i]` to to[i..]: all but itself are those of both sides of it.
void TxnGraph::LinkThroughJunctions(absl::Span<const uint32_t> from, absl::Span<const uint32_t> to,
                                    Relation relation) {
  absl::flat_hash_map<uint32_t, size_t> places;
  for (size_t i = 0; i < to.size(); ++i) places.emplace(to[i], i);
  const uint32_t up = vertices_;
  const uint32_t down = up + static_cast<uint32_t>(to.size());
  vertices_ += 2 * static_cast<uint32_t>(to.size());
  for (uint32_t i = 0; i < to.size(); ++i) {
    edges_.push_back({up + i, to[i], kInner});
    edges_.push_back({down + i, to[i], kInner});
    if (i > 0) edges_.push_back({up + i, up + i - 1, kInner});
    if (i + 1 < to.size()) edges_.push_back({down + i, down + i + 1, kInner});
  }
  for (const uint32_t a : from) {
    const auto self = places.find(a);
    if (self == places.end()) {
      edges_.push_back({a, down, relation});
      continue;
    }
    const auto place = static_cast<uint32_t>(self->second);
    if (place > 0) edges_.push_back({a, up + place - 1, relation});
    if (place + 1 < to.size()) edges_.push_back({a, down + place + 1, relation});
  }
}

void TxnGraph::Freeze() {
  rows_.assign(vertices_ + 1, 0);
  for (const TxnEdge& edge : edges_) ++rows_[edge.from + 1];
  for (uint32_t v = 0; v < vertices_; ++v) rows_[v + 1] += rows_[v];
  std::vector<TxnEdge> sorted(edges_.size());
  std::vector<uint32_t> next(rows_.begin(), rows_.end() - 1);
  for (const TxnEdge& edge : edges_) sorted[next[edge.from]++] = edge;
  edges_ = std::move(sorted);
}

namespace {

constexpr uint32_t kNone = 0xffffffff;

// One call of Tarjan's recursive function.
struct Frame {
  uint32_t vertex;
  uint32_t next = 0;  // of its edges
};

// Tarjan's search as an object, so that its steps are functions.
class ComponentNumbering {
 public:
  ComponentNumbering(const TxnGraph& graph, Relations allowed, Order order)
      : graph_(graph), mask_(allowed | kInner), order_(order), number_(graph.vertices(), kNone),
        low_(graph.vertices(), 0) {
    out_.component.assign(graph.vertices(), kNone);
  }

  Numbering Run() {
    const uint32_t n = graph_.vertices();
    for (uint32_t i = 0; i < n; ++i) {
      const uint32_t root = order_ == Order::kBackward ? n - 1 - i : i;
      if (number_[root] == kNone) Enter(root);
      while (!frames_.empty()) {
        const uint32_t v = frames_.back().vertex;
        const absl::Span<const TxnEdge> edges = graph_.Out(v);
        if (frames_.back().next < edges.size()) {
          const uint32_t place = frames_.back().next++;
          Follow(v, edges[order_ == Order::kBackward ? edges.size() - 1 - place : place]);
        } else {
          Leave(v);
        }
      }
    }
    return std::move(out_);
  }

 private:
  void Enter(uint32_t v) {
    number_[v] = low_[v] = next_++;
    stack_.push_back(v);
    frames_.push_back({v});
  }

  void Follow(uint32_t v, const TxnEdge& edge) {
    if ((edge.relation & mask_) == 0) return;
    if (number_[edge.to] == kNone) {
      Enter(edge.to);
    } else if (out_.component[edge.to] == kNone) {
      low_[v] = std::min(low_[v], number_[edge.to]);
    }
  }

  void Leave(uint32_t v) {
    frames_.pop_back();
    if (!frames_.empty()) low_[frames_.back().vertex] = std::min(low_[frames_.back().vertex], low_[v]);
    if (low_[v] != number_[v]) return;
    const auto component = static_cast<uint32_t>(out_.least.size());
    uint32_t least = component;
    for (uint32_t member = kNone; member != v; stack_.pop_back()) {
      member = stack_.back();
      out_.component[member] = component;
      for (const TxnEdge& edge : graph_.Out(member)) {
        const uint32_t other = out_.component[edge.to];
        // Members that are not taken off the stack yet have no component.
        if ((edge.relation & mask_) != 0 && other < component) least = std::min(least, out_.least[other]);
      }
    }
    out_.least.push_back(least);
  }

  const TxnGraph& graph_;
  const Relations mask_;
  const Order order_;
  std::vector<uint32_t> number_;
  std::vector<uint32_t> low_;
  std::vector<uint32_t> stack_;
  std::vector<Frame> frames_;
  uint32_t next_ = 0;
  Numbering out_;
};

}  // namespace

Numbering NumberComponents(const TxnGraph& graph, Relations allowed, Order order) {
  return ComponentNumbering(graph, allowed, order).Run();
}

std::vector<std::vector<uint32_t>> StrongComponents(const TxnGraph& graph, Relations allowed) {
  const Numbering numbering = NumberComponents(graph, allowed, Order::kForward);
  std::vector<uint32_t> sizes(numbering.least.size(), 0);
  for (const uint32_t component : numbering.component) ++sizes[component];
  std::vector<uint32_t> places(sizes.size(), kNone);
  std::vector<std::vector<uint32_t>> components;
  for (uint32_t v = 0; v < graph.vertices(); ++v) {
    const uint32_t component = numbering.component[v];
    if (sizes[component] < 2) continue;
    if (places[component] == kNone) {
      places[component] = static_cast<uint32_t>(components.size());
      components.emplace_back().reserve(sizes[component]);
    }
    components[places[component]].push_back(v);
  }
  return components;
}

}  // namespace gyre
