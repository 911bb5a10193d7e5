// The graph has a vertex for each operation and, so that real time costs a linear number of edges, a chain of barriers:
// one for each acknowledged completion, which leads to it; a barrier leads to the next one and to the operations that
// were invoked before the next one. So one operation reaches another by barriers alone just when it was acknowledged
// before the other was invoked. Operations that failed or may have happened are led to, and lead nowhere by time.
//
// Components are found by Tarjan's algorithm (without recursion), once for all edges; only if one of them has more than
// one operation, again for each subset of edges by which models of consistency are told apart. Within a component the
// search for a cycle starts from each edge that the type requires, goes breadth first over pairs of a vertex and
// "real time was used", and stops at the shortest way back. Steps are counted: the search of a component is cut short
// rather than let it become quadratic, and what it found by then is told.
//
// Elle finds the same types: it searches paths, breadth first, and says how it names what it finds.
#include "checkers/kafka_cycles.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace gyre {
namespace {

constexpr uint32_t kNone = 0xffffffff;
// Starts of searches tried in a component, and vertices visited in all of them.
constexpr size_t kMaxStarts = 256;
constexpr size_t kMaxVisits = 4'000'000;

using Edges = uint8_t;  // a set
constexpr Edges kWw = 1 << static_cast<int>(KafkaEdge::kWw);
constexpr Edges kWr = 1 << static_cast<int>(KafkaEdge::kWr);
constexpr Edges kRealtime = 1 << static_cast<int>(KafkaEdge::kRealtime);
constexpr Edges kAll = kWw | kWr | kRealtime;

struct Arc {
  uint32_t to;
  Edges kind;
};

// Adjacency in one array.
class Graph {
 public:
  Graph(const History& history, const KafkaHistory& kafka, const KafkaOrders& orders, bool ww_deps)
      : operations_(static_cast<uint32_t>(kafka.ops.size())) {
    AddRealtime(history, kafka);
    AddData(kafka, orders, ww_deps);
    std::vector<uint32_t> place(size() + 1, 0);
    for (const auto& [from, arc] : loose_) ++place[from + 1];
    for (size_t v = 1; v <= size(); ++v) place[v] += place[v - 1];
    begin_ = place;
    arcs_.resize(loose_.size());
    for (const auto& [from, arc] : loose_) arcs_[place[from]++] = arc;
    loose_.clear();
    loose_.shrink_to_fit();
  }

  uint32_t operations() const { return operations_; }
  uint32_t size() const { return operations_ + barriers_; }
  // No two operations are ordered: barriers alone order none.
  bool empty() const { return !ordered_; }
  uint32_t first_arc(uint32_t v) const { return begin_[v]; }
  uint32_t end_arc(uint32_t v) const { return begin_[v + 1]; }
  const Arc& arc(uint32_t a) const { return arcs_[a]; }

 private:
  void Add(uint32_t from, uint32_t to, Edges kind) { loose_.push_back({from, {to, kind}}); }

  void AddRealtime(const History& history, const KafkaHistory& kafka) {
    constexpr uint32_t kInvoked = 1u << 31;
    std::vector<uint32_t> at(history.size(), kNone);  // operation, with a flag where it is invoked
    for (uint32_t i = 0; i < operations_; ++i) {
      const KafkaOp& op = kafka.ops[i];
      if (op.f != KafkaF::kMessages) continue;
      at[op.position] = history[op.position].type == OpType::kInvoke ? i | kInvoked : i;
      if (history.pair(op.position) != History::kNone) at[history.pair(op.position)] = i | kInvoked;
    }
    for (const uint32_t entry : at) {
      if (entry == kNone) continue;
      const uint32_t last = operations_ + barriers_ - 1;
      if ((entry & kInvoked) != 0) {
        if (barriers_ == 0) continue;
        Add(last, entry & ~kInvoked, kRealtime);
        ordered_ = true;
      } else if (kafka.ops[entry].type == OpType::kOk) {
        if (barriers_ > 0) Add(last, last + 1, kRealtime);
        Add(entry, last + 1, kRealtime);
        ++barriers_;
      }
    }
  }

  void AddData(const KafkaHistory& kafka, const KafkaOrders& orders, bool ww_deps) {
    const auto link = [&](uint32_t from, uint32_t to, Edges kind) {
      if (from == History::kNone || from == to) return;
      Add(from, to, kind);
      ordered_ = true;
    };
    for (uint32_t i = 0; i < operations_; ++i) {
      const KafkaOp& op = kafka.ops[i];
      if (op.f != KafkaF::kMessages) continue;
      for (const KafkaRun& run : kafka.PollsOf(op)) {
        for (const KafkaRecord& record : kafka.RecordsOf(run)) link(kafka.messages[record.message].writer, i, kWr);
      }
    }
    if (!ww_deps) return;
    for (uint32_t m = 0; m < kafka.messages.size(); ++m) {
      if (orders.index[m] == kNoIndex || orders.index[m] == 0 || kafka.messages[m].writer == History::kNone) continue;
      const uint32_t before = orders.IndicesOf(kafka.messages[m].key)[orders.index[m] - 1];
      link(kafka.messages[before].writer, kafka.messages[m].writer, kWw);
    }
  }

  const uint32_t operations_;
  uint32_t barriers_ = 0;
  bool ordered_ = false;
  std::vector<std::pair<uint32_t, Arc>> loose_;
  std::vector<uint32_t> begin_;
  std::vector<Arc> arcs_;
};

// The number of each vertex's component, by the edges of `kinds`.
std::vector<uint32_t> ComponentsOf(const Graph& graph, Edges kinds) {
  struct Frame {
    uint32_t vertex;
    uint32_t arc;
  };
  std::vector<uint32_t> component(graph.size(), kNone);
  std::vector<uint32_t> number(graph.size(), kNone);
  std::vector<uint32_t> low(graph.size(), 0);
  std::vector<uint32_t> open;
  std::vector<Frame> frames;
  uint32_t numbers = 0;
  uint32_t components = 0;
  for (uint32_t root = 0; root < graph.size(); ++root) {
    if (number[root] != kNone) continue;
    frames.push_back({root, graph.first_arc(root)});
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const uint32_t v = frame.vertex;
      if (number[v] == kNone) {
        number[v] = low[v] = numbers++;
        open.push_back(v);
      }
      uint32_t next = kNone;
      for (; frame.arc < graph.end_arc(v); ++frame.arc) {
        const Arc& arc = graph.arc(frame.arc);
        if ((arc.kind & kinds) == 0 || component[arc.to] != kNone) continue;
        if (number[arc.to] == kNone) {
          next = arc.to;
          break;
        }
        low[v] = std::min(low[v], low[arc.to]);
      }
      if (next != kNone) {
        frames.push_back({next, graph.first_arc(next)});
        continue;
      }
      if (low[v] == number[v]) {
        for (uint32_t w = kNone; w != v;) {
          w = open.back();
          open.pop_back();
          component[w] = components;
        }
        ++components;
      }
      frames.pop_back();
    }
  }
  return component;
}

// The components of more than one operation, each ascending, in the order of their first operations.
std::vector<std::vector<uint32_t>> Nontrivial(const Graph& graph, const std::vector<uint32_t>& component) {
  std::vector<uint32_t> count(graph.size(), 0);
  for (uint32_t v = 0; v < graph.operations(); ++v) ++count[component[v]];
  std::vector<uint32_t> place(graph.size(), kNone);
  std::vector<std::vector<uint32_t>> found;
  for (uint32_t v = 0; v < graph.operations(); ++v) {
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
  Edges kinds;
  Edges required;
  bool realtime;
};

class CycleSearch {
 public:
  explicit CycleSearch(const Graph& graph) : graph_(graph), state_(graph.size() * size_t{2}) {}

  // The operations of the shortest cycle found in a component of `in`; none if there is none, or the effort ran out.
  std::vector<uint32_t> Find(const std::vector<uint32_t>& component, const std::vector<uint32_t>& in,
                             const CycleSpec& spec) {
    std::vector<uint32_t> best;
    size_t starts = 0;
    visits_ = 0;
    for (const uint32_t from : component) {
      for (uint32_t a = graph_.first_arc(from); a < graph_.end_arc(from); ++a) {
        const Arc& arc = graph_.arc(a);
        if ((arc.kind & spec.required) == 0 || in[arc.to] != in[from]) continue;
        if (starts++ == kMaxStarts || visits_ > kMaxVisits || best.size() == 2) return best;
        std::vector<uint32_t> cycle = From(from, arc.to, in, spec);
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
      for (uint32_t a = graph_.first_arc(at / 2); a < graph_.end_arc(at / 2); ++a) {
        const Arc& arc = graph_.arc(a);
        if ((arc.kind & spec.kinds) == 0 || in[arc.to] != in[from]) continue;
        const uint32_t next = arc.to * 2 + (spec.realtime && (arc.kind == kRealtime || (at & 1) != 0) ? 1 : 0);
        if (state_[next].seen_in == search_) continue;
        state_[next] = {search_, at};
        // Barriers are no steps of the cycle: one is as near as what leads to it.
        if (arc.to >= graph_.operations()) {
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
      if (s / 2 < graph_.operations()) way.push_back(s / 2);
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

  const Graph& graph_;
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
      step.edge = KafkaEdge::kWw;
      step.message = before;
      step.message2 = record.message;
      return step;
    }
  }
  for (const KafkaRun& run : kafka.PollsOf(later)) {
    for (const KafkaRecord& record : kafka.RecordsOf(run)) {
      if (kafka.messages[record.message].writer != from) continue;
      step.edge = KafkaEdge::kWr;
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
    wr = wr || cycle.steps.back().edge == KafkaEdge::kWr;
    realtime = realtime || cycle.steps.back().edge == KafkaEdge::kRealtime;
  }
  cycle.type = wr ? "G1c" : "G0";
  if (realtime) cycle.type += "-realtime";
  return cycle;
}

struct Model {
  const char* name;
  const char* ruled_out;
  Edges edges;
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
  const Graph graph(history, kafka, orders, ww_deps);
  found.empty = graph.empty();
  const std::vector<std::vector<uint32_t>> whole = Nontrivial(graph, ComponentsOf(graph, kAll));
  if (whole.empty()) return found;
  // By model: the number of each vertex's component, and the components.
  std::vector<std::vector<uint32_t>> in;
  std::vector<std::vector<std::vector<uint32_t>>> parts;
  for (const Model& model : Models()) {
    in.push_back(ComponentsOf(graph, model.edges));
    parts.push_back(Nontrivial(graph, in.back()));
  }
  std::vector<uint32_t> whole_of(graph.operations(), kNone);
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
