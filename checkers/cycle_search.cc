// Elle looks for each kind of cycle with a search over paths, which is exponential in the worst case and ends by a
// time-out. Here each kind is a question about strong components, so that the answer is exact, and linear but for one
// kind.
//
// The kinds are tried from the worst on, and one that another one found implies is passed over. That makes the
// questions simple. If there is no G0, any cycle over ww and wr that has a wr edge is a G1c, since a cycle of ww
// edges alone would be a G0: so an edge within a strong component of that graph is part of one, and a shortest way
// back closes it. Likewise G0 and G1c with the order of processes or of real time: these orders have no cycles, so a
// cycle has another edge, and without a G0 it needs one of theirs. If there is neither G-single nor G-nonadjacent,
// every cycle through an rw edge has two rw edges in a row, and is a G2.
//
//   G-nonadjacent: the graph in two layers. A vertex of layer 1 was just reached by an rw edge, and may not be left by
//   another one: ww and wr lead from both layers to layer 0, rw from layer 0 to layer 1. A strong component of this
//   graph with an rw edge holds a closed walk without adjacent rw edges. A shortest one through a given edge is nearly
//   always a simple cycle; if it is not, it is cut where it meets itself, and a part of it that is such a cycle is
//   taken. Where a walk falls apart into a cycle without rw edges and others, that cycle is a G0 or G1c, which is told
//   by itself.
//
//   G-single: an rw edge from u to v, and a way from v to u without one. This is reachability for each edge, which has
//   no known linear algorithm. The way back must go up in the depth-first order of the components (as in Tarjan's
//   numbering) and stay within nested intervals of two such orders (Yildirim, Chaoji and Zaki, "GRAIL: Scalable
//   Reachability Index for Large Graphs", 2010), which answers nearly every question with no search at all.
//
// Two transactions are often related in several ways. A cycle is told by the ways in which its steps are best
// explained, by data before order, as Elle tells it; one that is then of another kind is indirect, and does not keep
// the search from going on.
//
// Left out: Elle's X-cycle-exists. They say that there must be a cycle which was not found; here it is found.
#include "checkers/cycle_search.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "checkers/consistency_models.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr uint32_t kNone = 0xffffffff;
// A shortest cycle is looked for through so many edges.
constexpr int kMostTries = 64;

enum class Shape : uint8_t { kAny, kSingleRw, kNonadjacentRw };

struct CycleSpec {
  const char* kind;
  Relations allowed;  // beside rw in shapes that name it
  Relation required;  // such an edge is in it
  Shape shape;
};

// Elle's order of search: a kind comes after those that imply it, and after those that the essay's reasoning needs.
constexpr CycleSpec kSpecs[] = {
    {"G-single-item", kWw | kWr, kRw, Shape::kSingleRw},
    {"G0", kWw, kWw, Shape::kAny},
    {"G-nonadjacent-item", kWw | kWr, kRw, Shape::kNonadjacentRw},
    {"G-single-item-process", kWw | kWr | kProcess, kRw, Shape::kSingleRw},
    {"G1c", kWw | kWr, kWr, Shape::kAny},
    {"G-nonadjacent-item-process", kWw | kWr | kProcess, kRw, Shape::kNonadjacentRw},
    {"G-single-item-realtime", kWw | kWr | kRealtime, kRw, Shape::kSingleRw},
    {"G2-item", kWw | kWr | kRw, kRw, Shape::kAny},
    {"G-nonadjacent-item-realtime", kWw | kWr | kRealtime, kRw, Shape::kNonadjacentRw},
    {"G0-process", kWw | kProcess, kWw, Shape::kAny},
    {"G1c-process", kWw | kWr | kProcess, kWr, Shape::kAny},
    {"G2-item-process", kWw | kWr | kRw | kProcess, kRw, Shape::kAny},
    {"G0-realtime", kWw | kRealtime, kWw, Shape::kAny},
    {"G1c-realtime", kWw | kWr | kRealtime, kWr, Shape::kAny},
    {"G2-item-realtime", kWw | kWr | kRw | kRealtime, kRw, Shape::kAny},
};

// A closed walk: each vertex, junctions included, with the relation of the edge that leaves it.
using Walk = std::vector<CycleStep>;

// Whether a vertex may reach another one by some edges; "no" is certain.
class ReachIndex {
 public:
  ReachIndex(const TxnGraph& graph, Relations allowed)
      : orders_{NumberComponents(graph, allowed, Order::kForward),
                NumberComponents(graph, allowed, Order::kBackward)} {}

  bool MayReach(uint32_t a, uint32_t b) const {
    for (const Numbering& order : orders_) {
      const uint32_t from = order.component[a];
      const uint32_t to = order.component[b];
      if (to > from || order.least[to] < order.least[from]) return false;
    }
    return true;
  }

 private:
  Numbering orders_[2];
};

// Searches for shortest ways, again and again in the same graph. Edges of junctions count nothing.
class WayFinder {
 public:
  explicit WayFinder(const TxnGraph& graph) : graph_(graph), seen_(graph.vertices(), 0), from_(graph.vertices()) {}

  // The vertices of a shortest way from `a` to `b`, each with the relation that leaves it, without `b`; of fewer than
  // `limit` edges. `index`, if any, tells where not to look.
  std::optional<Walk> Find(uint32_t a, uint32_t b, Relations allowed, size_t limit, const ReachIndex* index) {
    const Relations mask = allowed | kInner;
    ++stamp_;
    std::deque<std::pair<uint32_t, size_t>> queue = {{a, 0}};
    seen_[a] = stamp_;
    from_[a] = {kNone, kWw};
    while (!queue.empty()) {
      const auto [v, length] = queue.front();
      queue.pop_front();
      if (v == b) return WayTo(b);
      for (const TxnEdge& edge : graph_.Out(v)) {
        if ((edge.relation & mask) == 0 || seen_[edge.to] == stamp_) continue;
        if (edge.relation != kInner && length == limit) continue;
        if (index != nullptr && !index->MayReach(edge.to, b)) continue;
        seen_[edge.to] = stamp_;
        from_[edge.to] = {v, edge.relation};
        if (edge.relation == kInner) {
          queue.emplace_front(edge.to, length);
        } else {
          queue.emplace_back(edge.to, length + 1);
        }
      }
    }
    return std::nullopt;
  }

 private:
  Walk WayTo(uint32_t b) const {
    Walk way;
    for (uint32_t v = b; from_[v].txn != kNone; v = from_[v].txn) way.push_back(from_[v]);
    std::reverse(way.begin(), way.end());
    return way;
  }

  const TxnGraph& graph_;
  std::vector<uint32_t> seen_;
  std::vector<CycleStep> from_;
  uint32_t stamp_ = 0;
};

// One strong component of a graph, as a graph of its own: transactions first, junctions after them.
struct Component {
  TxnGraph graph;
  std::vector<uint32_t> names;  // by vertex: the vertex of the whole graph
};

Component Extract(const TxnGraph& graph, std::vector<uint32_t> members, std::vector<uint32_t>* places) {
  const auto txns =
      static_cast<uint32_t>(std::lower_bound(members.begin(), members.end(), graph.txns()) - members.begin());
  Component component{TxnGraph(txns), std::move(members)};
  for (uint32_t i = 0; i < component.names.size(); ++i) {
    (*places)[component.names[i]] = i;
    if (i >= txns) component.graph.AddJunction();
  }
  for (uint32_t i = 0; i < component.names.size(); ++i) {
    for (const TxnEdge& edge : graph.Out(component.names[i])) {
      if ((*places)[edge.to] != kNone) component.graph.Link(i, (*places)[edge.to], edge.relation);
    }
  }
  for (const uint32_t name : component.names) (*places)[name] = kNone;
  component.graph.Freeze();
  return component;
}

// The two layers of the essay: vertex v of layer l is 2v + l.
TxnGraph Layered(const TxnGraph& graph, Relations allowed) {
  TxnGraph layers(2 * graph.vertices());
  for (uint32_t v = 0; v < graph.vertices(); ++v) {
    for (const TxnEdge& edge : graph.Out(v)) {
      const Relation r = edge.relation;
      if (r == kInner) {
        layers.Link(2 * v, 2 * edge.to, r);
        layers.Link(2 * v + 1, 2 * edge.to + 1, r);
      } else if (r == kRw) {
        layers.Link(2 * v, 2 * edge.to + 1, r);
      } else if ((r & allowed) != 0) {
        layers.Link(2 * v, 2 * edge.to, r);
        layers.Link(2 * v + 1, 2 * edge.to, r);
      }
    }
  }
  layers.Freeze();
  return layers;
}

bool IsSimple(const Walk& walk) {
  std::vector<uint32_t> vertices;
  for (const CycleStep& step : walk) vertices.push_back(step.txn);
  std::sort(vertices.begin(), vertices.end());
  return std::adjacent_find(vertices.begin(), vertices.end()) == vertices.end();
}

// The simple cycles that a closed walk falls apart into where it meets itself.
std::vector<Walk> Parts(const Walk& walk) {
  std::vector<Walk> parts;
  Walk open;
  for (const CycleStep& step : walk) {
    const auto met = std::find_if(open.begin(), open.end(), [&](const CycleStep& s) { return s.txn == step.txn; });
    if (met != open.end()) {
      parts.emplace_back(met, open.end());
      open.erase(met, open.end());
    }
    open.push_back(step);
  }
  if (!open.empty()) parts.push_back(std::move(open));
  return parts;
}

// Transactions only.
Cycle WithoutJunctions(const Walk& walk, uint32_t txns) {
  Cycle cycle;
  for (const CycleStep& step : walk) {
    if (step.txn < txns) cycle.push_back(step);
  }
  return cycle;
}

// The best cycle so far of one kind: a direct one before others, and of those the shortest.
class BestCycle {
 public:
  explicit BestCycle(BestExplained explain) : explain_(explain) {}

  // What a better one may have at most, in transactions.
  size_t limit() const { return direct_.empty() ? SIZE_MAX : direct_.size() - 1; }
  bool is_done() const { return tries_ >= kMostTries || direct_.size() == 2; }
  void Try(const Cycle& cycle) {
    const Cycle explained = explain_(cycle);
    const bool direct = KindOfCycle(explained) == KindOfCycle(cycle);
    Cycle& best = direct ? direct_ : indirect_;
    if (best.empty() || cycle.size() < best.size()) best = direct ? explained : cycle;
  }
  void CountTry() { ++tries_; }
  bool empty() const { return direct_.empty() && indirect_.empty(); }
  FoundCycle Take() && {
    const bool indirect = direct_.empty();
    return {KindOfCycle(indirect ? indirect_ : direct_), std::move(indirect ? indirect_ : direct_), indirect, 0};
  }

 private:
  BestExplained explain_;
  Cycle direct_;
  Cycle indirect_;
  int tries_ = 0;
};

// The search in one component. `explain` takes cycles of its vertices.
class ComponentSearch {
 public:
  ComponentSearch(const TxnGraph& graph, BestExplained explain) : graph_(graph), ways_(graph), explain_(explain) {
    for (uint32_t v = 0; v < graph.vertices(); ++v) {
      for (const TxnEdge& edge : graph.Out(v)) present_ |= edge.relation;
    }
  }

  std::optional<FoundCycle> Find(const CycleSpec& spec) {
    // A kind that needs a relation which is nowhere, or adds an order that is not there, is none of its own.
    const Relations order = spec.allowed & (kProcess | kRealtime);
    if ((present_ & spec.required) == 0 || (order != 0 && (present_ & order) == 0)) return std::nullopt;
    BestCycle best(explain_);
    switch (spec.shape) {
      case Shape::kAny:
        Through(spec.allowed, spec.required, &best);
        break;
      case Shape::kSingleRw:
        Single(spec.allowed, &best);
        break;
      case Shape::kNonadjacentRw:
        Nonadjacent(spec.allowed, &best);
        break;
    }
    if (best.empty()) return std::nullopt;
    return std::move(best).Take();
  }

 private:
  // Cycles of edges of `allowed` with one of `required`.
  void Through(Relations allowed, Relation required, BestCycle* best) {
    const Numbering numbering = NumberComponents(graph_, allowed, Order::kForward);
    for (uint32_t v = 0; v < graph_.vertices(); ++v) {
      for (const TxnEdge& edge : graph_.Out(v)) {
        if (edge.relation != required || numbering.component[v] != numbering.component[edge.to]) continue;
        Close(edge, allowed, nullptr, best);
        if (best->is_done()) return;
      }
    }
  }

  // Cycles of edges of `allowed` but for one rw.
  void Single(Relations allowed, BestCycle* best) {
    const ReachIndex index(graph_, allowed);
    for (uint32_t v = 0; v < graph_.vertices(); ++v) {
      for (const TxnEdge& edge : graph_.Out(v)) {
        if (edge.relation != kRw || !index.MayReach(edge.to, v)) continue;
        Close(edge, allowed, &index, best);
        if (best->is_done()) return;
      }
    }
  }

  // Closes `edge` by a shortest way back.
  void Close(const TxnEdge& edge, Relations allowed, const ReachIndex* index, BestCycle* best) {
    std::optional<Walk> way = ways_.Find(edge.to, edge.from, allowed, best->limit() - 1, index);
    if (way.has_value()) {
      way->insert(way->begin(), {edge.from, edge.relation});
      best->Try(WithoutJunctions(*way, graph_.txns()));
    }
    if (!best->empty()) best->CountTry();
  }

  // Cycles of edges of `allowed` and of two or more rw, none after another.
  void Nonadjacent(Relations allowed, BestCycle* best) {
    const TxnGraph layers = Layered(graph_, allowed);
    const Numbering numbering = NumberComponents(layers, kAllRelations, Order::kForward);
    WayFinder ways(layers);
    for (uint32_t v = 0; v < layers.vertices(); v += 2) {
      for (const TxnEdge& edge : layers.Out(v)) {
        if (edge.relation != kRw || numbering.component[v] != numbering.component[edge.to]) continue;
        std::optional<Walk> walk = ways.Find(edge.to, edge.from, kAllRelations, best->limit() - 1, nullptr);
        best->CountTry();
        if (walk.has_value()) {
          walk->insert(walk->begin(), {edge.from, edge.relation});
          for (CycleStep& step : *walk) step.txn /= 2;
          for (const Walk& part : IsSimple(*walk) ? std::vector<Walk>{*walk} : Parts(*walk)) {
            const Cycle cycle = WithoutJunctions(part, graph_.txns());
            if (cycle.size() > 1 && KindOfCycle(cycle).starts_with("G-nonadjacent")) best->Try(cycle);
          }
        }
        if (best->is_done()) return;
      }
    }
  }

  static constexpr Relations kAllRelations = kWw | kWr | kRw | kProcess | kRealtime;

  const TxnGraph& graph_;
  WayFinder ways_;
  BestExplained explain_;
  Relations present_ = 0;
};

}  // namespace

std::string KindOfCycle(const Cycle& cycle) {
  size_t rw = 0;
  Relations seen = 0;
  bool adjacent = false;
  for (size_t i = 0; i < cycle.size(); ++i) {
    seen |= cycle[i].relation;
    if (cycle[i].relation != kRw) continue;
    ++rw;
    adjacent = adjacent || cycle[(i + 1) % cycle.size()].relation == kRw;
  }
  const char* base = rw == 1               ? "G-single-item"
                     : rw > 1 && adjacent  ? "G2-item"
                     : rw > 1              ? "G-nonadjacent-item"
                     : (seen & kWr) != 0   ? "G1c"
                                           : "G0";
  return Concat(base, (seen & kRealtime) != 0 ? "-realtime" : (seen & kProcess) != 0 ? "-process" : "");
}

std::vector<FoundCycle> FindCycles(const TxnGraph& graph, BestExplained best) {
  constexpr Relations kAll = kWw | kWr | kRw | kProcess | kRealtime;
  std::vector<FoundCycle> all;
  std::vector<uint32_t> places(graph.vertices(), kNone);
  for (std::vector<uint32_t>& members : StrongComponents(graph, kAll)) {
    const Component component = Extract(graph, std::move(members), &places);
    const auto explain = [&](const Cycle& cycle) {
      Cycle named = cycle;
      for (CycleStep& step : named) step.txn = component.names[step.txn];
      named = best(named);
      for (size_t i = 0; i < cycle.size(); ++i) named[i].txn = cycle[i].txn;
      return named;
    };
    ComponentSearch search(component.graph, explain);
    AnomalySet implied;
    for (const CycleSpec& spec : kSpecs) {
      if (implied.contains(spec.kind)) continue;
      std::optional<FoundCycle> found = search.Find(spec);
      if (!found.has_value() || implied.contains(found->kind)) continue;
      if (!found->indirect) implied.merge(ImpliedAnomalies(found->kind));
      for (CycleStep& step : found->cycle) step.txn = component.names[step.txn];
      found->component_size = component.graph.txns();
      all.push_back(*std::move(found));
    }
  }
  return all;
}

std::optional<Cycle> ShortCycle(const TxnGraph& graph) {
  constexpr Relations kAll = kWw | kWr | kRw | kProcess | kRealtime;
  std::vector<uint32_t> places(graph.vertices(), kNone);
  std::vector<std::vector<uint32_t>> components = StrongComponents(graph, kAll);
  if (components.empty()) return std::nullopt;
  const auto smallest = std::min_element(components.begin(), components.end(),
                                         [](const auto& a, const auto& b) { return a.size() < b.size(); });
  const Component component = Extract(graph, std::move(*smallest), &places);
  WayFinder ways(component.graph);
  std::optional<Walk> best;
  int tries = 0;
  for (uint32_t v = 0; v < component.graph.txns() && tries < kMostTries; ++v) {
    for (const TxnEdge& edge : component.graph.Out(v)) {
      const size_t limit = best.has_value() ? best->size() - 1 : SIZE_MAX;
      std::optional<Walk> way = ways.Find(edge.to, v, kAll, limit - 1, nullptr);
      if (way.has_value()) {
        way->insert(way->begin(), {v, edge.relation});
        best = std::move(way);
      }
      if (++tries == kMostTries || best->size() == 2) break;
    }
  }
  Cycle cycle = WithoutJunctions(*best, component.graph.txns());
  for (CycleStep& step : cycle) step.txn = component.names[step.txn];
  return cycle;
}

}  // namespace gyre
