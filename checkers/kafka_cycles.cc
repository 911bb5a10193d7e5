// A graph of operations as transactions have one, with real time by junctions. Operations that failed or may have
// happened are led to by real time, and lead nowhere by it.
//
// Components are found once for all edges; only if one of them has more than one operation, again for each subset of
// edges by which models of consistency are told apart. Within a component the search for a cycle starts from each edge
// that the type requires, goes breadth first over pairs of a vertex and "real time was used", and stops at the shortest
// way back. Steps are counted: the search of a component is cut short rather than let it become quadratic, and what it
// found by then is told.
//
// Elle finds the same types: it searches paths, breadth first, and says how it names what it finds.
#include "checkers/kafka_cycles.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "checkers/order_edges.h"

namespace gyre {
namespace {

constexpr uint32_t kNone = 0xffffffff;
// Starts of searches tried in a component, and vertices visited in all of them.
constexpr size_t kMaxStarts = 256;
constexpr size_t kMaxVisits = 4'000'000;

constexpr Relations kAll = kWw | kWr | kRealtime;

// The operations and what orders them.
TxnGraph MakeGraph(const History& history, const KafkaHistory& kafka, const KafkaOrders& orders, bool ww_deps) {
  const auto operations = static_cast<uint32_t>(kafka.ops.size());
  TxnGraph graph(operations);
  std::vector<uint32_t> vertices(history.size(), kNoVertex);
  for (uint32_t i = 0; i < operations; ++i) {
    if (kafka.ops[i].f == KafkaF::kMessages) vertices[kafka.ops[i].position] = i;
  }
  AddRealtimeEdges(history, vertices, &graph);
  const auto link = [&](uint32_t from, uint32_t to, Relation relation) {
    if (from != History::kNone) graph.Link(from, to, relation);
  };
  for (uint32_t i = 0; i < operations; ++i) {
    if (kafka.ops[i].f != KafkaF::kMessages) continue;
    for (const KafkaRun& run : kafka.PollsOf(kafka.ops[i])) {
      for (const KafkaRecord& record : kafka.RecordsOf(run)) link(kafka.messages[record.message].writer, i, kWr);
    }
  }
  for (uint32_t m = 0; m < kafka.messages.size() && ww_deps; ++m) {
    if (orders.index[m] == kNoIndex || orders.index[m] == 0 || kafka.messages[m].writer == History::kNone) continue;
    const uint32_t before = orders.IndicesOf(kafka.messages[m].key)[orders.index[m] - 1];
    link(kafka.messages[before].writer, kafka.messages[m].writer, kWw);
  }
  graph.Freeze();
  return graph;
}

// Whether any two operations are ordered.
bool OrdersAny(const TxnGraph& graph) {
  for (uint32_t v = 0; v < graph.vertices(); ++v) {
    for (const TxnEdge& edge : graph.Out(v)) {
      if (edge.to < graph.txns()) return true;
    }
  }
  return false;
}

// The number of each vertex's component, by the edges of `allowed`.
std::vector<uint32_t> ComponentsOf(const TxnGraph& graph, Relations allowed) {
  return NumberComponents(graph, allowed, Order::kForward).component;
}

// The components of more than one operation, each ascending, in the order of their first operations.
std::vector<std::vector<uint32_t>> Nontrivial(const TxnGraph& graph, const std::vector<uint32_t>& component) {
  std::vector<uint32_t> count(graph.vertices(), 0);
  for (uint32_t v = 0; v < graph.txns(); ++v) ++count[component[v]];
  std::vector<uint32_t> place(graph.vertices(), kNone);
  std::vector<std::vector<uint32_t>> found;
  for (uint32_t v = 0; v < graph.txns(); ++v) {
    if (count[component[v]] < 2) continue;
    uint32_t& at = place[component[v]];
    if (at == kNone) {
      at = static_cast<uint32_t>(found.size());
      found.emplace_back();
    }
    found[at].push_back(v);
  }
  return found;
}

// What is sought: a cycle of edges of `kinds` that has one of `required` and, if asked for, one of real time beside it.
struct CycleSpec {
  Relations kinds;
  Relations required;
  bool realtime;
};

class CycleSearch {
 public:
  explicit CycleSearch(const TxnGraph& graph) : graph_(graph), state_(graph.vertices() * size_t{2}) {}

  // The operations of the shortest cycle found in a component of `in`; none if there is none, or the effort ran out.
  std::vector<uint32_t> Find(const std::vector<uint32_t>& component, const std::vector<uint32_t>& in,
                             const CycleSpec& spec) {
    std::vector<uint32_t> best;
    size_t starts = 0;
    visits_ = 0;
    for (const uint32_t from : component) {
      for (const TxnEdge& edge : graph_.Out(from)) {
        if ((edge.relation & spec.required) == 0 || in[edge.to] != in[from]) continue;
        if (starts++ == kMaxStarts || visits_ > kMaxVisits || best.size() == 2) return best;
        std::vector<uint32_t> cycle = From(from, edge.to, in, spec);
        if (!cycle.empty() && (best.empty() || cycle.size() < best.size())) best = std::move(cycle);
      }
    }
    return best;
  }

 private:
  struct State {
    uint32_t seen_in = 0;     // the search that was here
    uint32_t from = kNone;    // state before
  };

  // The shortest way from `to` back to `from`, `from` first.
  std::vector<uint32_t> From(uint32_t from, uint32_t to, const std::vector<uint32_t>& in, const CycleSpec& spec) {
    ++search_;
    std::deque<uint32_t> queue;
    const uint32_t start = to * 2;
    const uint32_t goal = from * 2 + (spec.realtime ? 1 : 0);
    state_[start] = {search_, kNone};
    queue.push_back(start);
    while (!queue.empty()) {
      const uint32_t at = queue.front();
      queue.pop_front();
      ++visits_;
      if (at == goal) return WayTo(from, at);
      for (const TxnEdge& edge : graph_.Out(at / 2)) {
        if ((edge.relation & (spec.kinds | kInner)) == 0 || in[edge.to] != in[from]) continue;
        const uint32_t next =
            edge.to * 2 + (spec.realtime && (edge.relation == kRealtime || (at & 1) != 0) ? 1 : 0);
        if (state_[next].seen_in == search_) continue;
        state_[next] = {search_, at};
        // Junctions are no steps of the cycle: one is as near as what leads to it.
        if (edge.to >= graph_.txns()) {
          queue.push_front(next);
        } else {
          queue.push_back(next);
        }
      }
    }
    return {};
  }

  std::vector<uint32_t> WayTo(uint32_t from, uint32_t at) const {
    std::vector<uint32_t> way;
    for (uint32_t s = state_[at].from; s != kNone; s = state_[s].from) {
      if (s / 2 < graph_.txns()) way.push_back(s / 2);
    }
    way.push_back(from);
    std::reverse(way.begin(), way.end());
    // An operation met twice closes a shorter cycle.
    for (size_t i = 0; i < way.size(); ++i) {
      for (size_t j = way.size() - 1; j > i; --j) {
        if (way[j] != way[i]) continue;
        return std::vector<uint32_t>(way.begin() + static_cast<ptrdiff_t>(i), way.begin() + static_cast<ptrdiff_t>(j));
      }
    }
    return way;
  }

  const TxnGraph& graph_;
  std::vector<State> state_;  // by vertex * 2 + "real time was used"
  uint32_t search_ = 0;
  size_t visits_ = 0;
};

// Why `from` comes before `to`: what they sent and polled goes before when they did.
KafkaStep Explain(const KafkaHistory& kafka, const KafkaOrders& orders, bool ww_deps, uint32_t from, uint32_t to) {
  KafkaStep step{.from = from, .to = to};
  const KafkaOp& later = kafka.ops[to];
  for (const KafkaRun& run : kafka.SendsOf(later)) {
    if (!ww_deps) break;
    for (const KafkaRecord& record : kafka.RecordsOf(run)) {
      const uint32_t index = orders.index[record.message];
      if (index == kNoIndex || index == 0 || kafka.messages[record.message].writer != to) continue;
      const uint32_t before = orders.IndicesOf(run.key)[index - 1];
      if (kafka.messages[before].writer != from) continue;
      step.edge = kWw;
      step.message = before;
      step.message2 = record.message;
      return step;
    }
  }
  for (const KafkaRun& run : kafka.PollsOf(later)) {
    for (const KafkaRecord& record : kafka.RecordsOf(run)) {
      if (kafka.messages[record.message].writer != from) continue;
      step.edge = kWr;
      step.message = record.message;
      return step;
    }
  }
  return step;
}

// Named by what its steps show.
KafkaCycle MakeCycle(const KafkaHistory& kafka, const KafkaOrders& orders, bool ww_deps,
                     const std::vector<uint32_t>& operations) {
  KafkaCycle cycle;
  bool wr = false;
  bool realtime = false;
  for (size_t i = 0; i < operations.size(); ++i) {
    cycle.steps.push_back(Explain(kafka, orders, ww_deps, operations[i], operations[(i + 1) % operations.size()]));
    wr = wr || cycle.steps.back().edge == kWr;
    realtime = realtime || cycle.steps.back().edge == kRealtime;
  }
  cycle.type = wr ? "G1c" : "G0";
  if (realtime) cycle.type += "-realtime";
  return cycle;
}

struct Model {
  const char* name;
  const char* ruled_out;
  Relations edges;
  std::vector<const char*> subgraph;
};

// From the weakest to the strongest, in Elle's order. One that is broken breaks all of `breaks`.
const std::vector<Model>& Models() {
  static const std::vector<Model>* const models = new std::vector<Model>{
      {"PL-1", "read-uncommitted", kWw, {"union", "ww", "wwp"}},
      {"PL-2", "read-committed", kWw | kWr, {"union", "ww", "wwp", "wr", "wrp"}},
      {"strong-PL-1", "strong-read-uncommitted", kWw | kRealtime, {"union", "ww", "wwp", "realtime"}},
      {"strong-PL-2", "strong-read-committed", kAll, {"union", "ww", "wwp", "wr", "wrp", "realtime"}},
  };
  return *models;
}

constexpr size_t kPl1 = 0, kPl2 = 1, kStrongPl1 = 2, kStrongPl2 = 3;

}  // namespace

KafkaCycles FindKafkaCycles(const History& history, const KafkaHistory& kafka, const KafkaOrders& orders,
                            bool ww_deps) {
  KafkaCycles found;
  const TxnGraph graph = MakeGraph(history, kafka, orders, ww_deps);
  found.empty = !OrdersAny(graph);
  const std::vector<std::vector<uint32_t>> whole = Nontrivial(graph, ComponentsOf(graph, kAll));
  if (whole.empty()) return found;
  // By model: the number of each vertex's component, and the components.
  std::vector<std::vector<uint32_t>> in;
  std::vector<std::vector<std::vector<uint32_t>>> parts;
  for (const Model& model : Models()) {
    in.push_back(ComponentsOf(graph, model.edges));
    parts.push_back(Nontrivial(graph, in.back()));
  }
  std::vector<uint32_t> whole_of(graph.txns(), kNone);
  for (uint32_t w = 0; w < whole.size(); ++w) {
    for (const uint32_t v : whole[w]) whole_of[v] = w;
  }
  // By model and whole component: the smallest component within it.
  std::vector<std::vector<const std::vector<uint32_t>*>> smallest(
      Models().size(), std::vector<const std::vector<uint32_t>*>(whole.size(), nullptr));
  for (size_t m = 0; m < Models().size(); ++m) {
    for (const std::vector<uint32_t>& part : parts[m]) {
      const std::vector<uint32_t>*& best = smallest[m][whole_of[part[0]]];
      if (best == nullptr || part.size() < best->size()) best = &part;
    }
  }
  CycleSearch search(graph);
  for (size_t w = 0; w < whole.size(); ++w) {
    const auto exists = [&](size_t m) { return smallest[m][w] != nullptr; };
    const auto tell = [&](size_t m) {
      const Model& model = Models()[m];
      found.exist.push_back({std::string(model.name) + "-cycle-exists", model.ruled_out, model.subgraph,
                             *smallest[m][w]});
    };
    const auto seek = [&](size_t m, const CycleSpec& spec) {
      const std::vector<uint32_t> cycle = search.Find(*smallest[m][w], in[m], spec);
      if (!cycle.empty()) found.cycles.push_back(MakeCycle(kafka, orders, ww_deps, cycle));
      return !cycle.empty();
    };
    // A type that is found implies those after it on its line: G0, G1c and G0-realtime, G1c-realtime.
    if (exists(kPl1)) {
      tell(kPl1);
      if (seek(kPl1, {kWw, kWw, false})) continue;
    }
    bool implied = false;
    if (!exists(kPl1) && exists(kPl2)) {
      tell(kPl2);
      implied = seek(kPl2, {kWw | kWr, kWr, false});
    }
    if (!exists(kPl1) && exists(kStrongPl1)) {
      tell(kStrongPl1);
      implied = seek(kStrongPl1, {kWw | kRealtime, kWw, true}) || implied;
    }
    if (!exists(kPl1) && !exists(kPl2) && !exists(kStrongPl1)) tell(kStrongPl2);
    if (!implied) seek(kStrongPl2, {kAll, kWr, true});
  }
  return found;
}

}  // namespace gyre
