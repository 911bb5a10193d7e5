// Of two transactions that write a register, one comes first; often it is not known which. But let R have read x from
// W, and let V write x, too. In one order of all transactions V is not between W and R, so
//
//   if W comes before V, R does: R -rw-> V
//   if V comes before R, it comes before W: V -ww-> W
//
// Each such edge may let more transactions come before one another, so this goes on until nothing new follows. A cycle
// then proves that there is no order. (Biswas and Enea, "On the Complexity of Checking Transactional Consistency",
// OOPSLA 2019, have the second rule for weaker models, where it is complete; Cobra, OSDI 2020, and PolySI, VLDB 2023,
// have both to prune what a solver is then asked. Here is no solver: what stays open is not told.)
//
// What comes before what is known from clocks over chains of transactions (chain_clocks.h). With the order of real time
// there are hardly more chains than clients, and of each chain only the last writer before R and the first after W
// matter, as others follow. Edges that follow already are not drawn, so that few are; and after the first round only
// the keys of transactions before which more comes now are looked at.
#include "checkers/register_saturation.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "checkers/chain_clocks.h"
#include "checkers/cycle_search.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

// What is found until then is right, and more rounds would find little.
constexpr int kMostRounds = 100;
// Of SharedClocks: 0.5 GB.
constexpr uint64_t kMostNodes = 8'000'000;
// So many edges are explained before a cycle, each by edges before it.
constexpr size_t kMostPremises = 24;
constexpr Relations kAnyRelation = kWw | kWr | kRw | kProcess | kRealtime;

// An edge that follows, as `first` comes before `second`.
struct Inference {
  uint32_t from = 0;
  uint32_t to = 0;
  Relation relation = kRw;
  uint32_t key = 0;
  uint32_t first = 0;
  uint32_t second = 0;
  uint32_t reader = 0;
  int round = 0;
};

// A transaction that wrote a version last that somebody may have read.
struct Writer {
  uint32_t txn = 0;
  Slot slot = 0;
};

enum class Outcome : uint8_t { kNothing, kCycle, kTooLarge };

class Saturation {
 public:
  Saturation(const TxnHistory& txns, const RegisterAccesses& accesses)
      : txns_(txns), accesses_(accesses), chained_(txns.txns().size(), false), writers_(txns.key_count()) {
    for (uint32_t txn = 0; txn < txns.txns().size(); ++txn) {
      const bool ok = txns.txns()[txn].type == OpType::kOk;
      for (const Access& access : accesses.of(txn)) {
        // One that did not end as :ok happened if somebody read what it wrote.
        if (!access.write.has_value() || (!ok && accesses.readers(*access.write).empty())) continue;
        chained_[txn] = true;
        writers_[access.key].push_back({txn, *access.write});
      }
      chained_[txn] = chained_[txn] || ok;
    }
  }

  // Adds what follows to `graph`.
  Outcome Run(TxnGraph* graph) {
    LinkUncertainWriters(graph);
    graph->Freeze();
    ChainClocks clocks(*graph, chained_);
    if (!clocks.Run(ChainClocks::Keep::kAll, kMostNodes, [](uint32_t) {})) {
      return StrongComponents(*graph, kAnyRelation).empty() ? Outcome::kTooLarge : Outcome::kCycle;
    }
    for (std::vector<Writer>& writers : writers_) SortByChain(clocks, &writers);
    std::vector<uint32_t> keys(writers_.size());
    std::iota(keys.begin(), keys.end(), 0);
    bool is_acyclic = true;
    for (int round = 0; round < kMostRounds && is_acyclic && !keys.empty(); ++round) {
      const size_t known = inferences_.size();
      for (const uint32_t key : keys) Infer(clocks, round, writers_[key]);
      for (size_t i = known; i < inferences_.size(); ++i) clocks.Link(inferences_[i].from, inferences_[i].to);
      std::vector<uint32_t> changed;
      is_acyclic = clocks.Propagate(&changed);
      keys = KeysOf(changed);
    }
    for (const Inference& each : inferences_) graph->Link(each.from, each.to, each.relation);
    graph->Freeze();
    return is_acyclic ? Outcome::kNothing : Outcome::kCycle;
  }

  // Edges of those that did not end as :ok and yet happened: who read from them comes after them, who read the initial
  // state before them.
  void LinkUncertainWriters(TxnGraph* graph) const {
    for (const std::vector<Writer>& writers : writers_) {
      for (const Writer& writer : writers) {
        if (txns_.txns()[writer.txn].type == OpType::kOk) continue;
        for (const uint32_t reader : accesses_.readers(writer.slot)) graph->Link(writer.txn, reader, kWr);
        const Slot initial = accesses_.InitialOf(accesses_.KeyOf(writer.slot));
        for (const uint32_t reader : accesses_.readers(initial)) graph->Link(reader, writer.txn, kRw);
      }
    }
  }

  const std::vector<Inference>& inferences() const { return inferences_; }

 private:
  static void SortByChain(const ChainClocks& clocks, std::vector<Writer>* writers) {
    std::sort(writers->begin(), writers->end(), [&](const Writer& a, const Writer& b) {
      return std::pair(clocks.chain(a.txn), clocks.place(a.txn)) < std::pair(clocks.chain(b.txn), clocks.place(b.txn));
    });
  }

  std::vector<uint32_t> KeysOf(const std::vector<uint32_t>& txns) const {
    std::vector<uint32_t> keys;
    for (const uint32_t txn : txns) {
      for (const Access& access : accesses_.of(txn)) keys.push_back(access.key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  // `writers` are those of one key, by chain and place.
  void Infer(const ChainClocks& clocks, int round, const std::vector<Writer>& writers) {
    for (size_t begin = 0, end = 0; begin < writers.size(); begin = end) {
      const uint32_t chain = clocks.chain(writers[begin].txn);
      while (end < writers.size() && clocks.chain(writers[end].txn) == chain) ++end;
      const absl::Span<const Writer> others(writers.data() + begin, end - begin);
      for (const Writer& writer : writers) InferBeside(clocks, round, writer, chain, others);
    }
  }

  // What follows from a writer, its readers, and other writers of the key, those of one chain in its order.
  void InferBeside(const ChainClocks& clocks, int round, const Writer& writer, uint32_t chain,
                   absl::Span<const Writer> others) {
    const absl::Span<const uint32_t> readers = accesses_.readers(writer.slot);
    if (readers.empty()) return;
    const uint32_t key = accesses_.KeyOf(writer.slot);
    const auto after = std::partition_point(others.begin(), others.end(), [&](const Writer& other) {
      return !clocks.Precedes(writer.txn, other.txn);
    });
    for (const uint32_t reader : readers) {
      if (after != others.end() && after->txn != reader && !clocks.Precedes(reader, after->txn)) {
        inferences_.push_back({reader, after->txn, kRw, key, writer.txn, after->txn, reader, round});
      }
      const uint32_t known = clocks.CountBefore(reader, chain);
      const auto unknown = std::partition_point(others.begin(), others.end(), [&](const Writer& other) {
        return clocks.place(other.txn) < known;
      });
      if (unknown == others.begin()) continue;
      const uint32_t before = (unknown - 1)->txn;
      if (before != writer.txn && !clocks.Precedes(before, writer.txn)) {
        inferences_.push_back({before, writer.txn, kWw, key, before, reader, reader, round});
      }
    }
  }

  const TxnHistory& txns_;
  const RegisterAccesses& accesses_;
  std::vector<bool> chained_;
  std::vector<std::vector<Writer>> writers_;  // by key
  std::vector<Inference> inferences_;
};

// Tells a cycle, and before it the way that each edge that was inferred follows from.
class Proof {
 public:
  // `known` is the graph without what was inferred.
  Proof(const TxnHistory& txns, const RegisterAccesses& accesses, const TxnGraph& known, DataReasons reasons,
        const CyclesOptions& cycles, const std::vector<Inference>& inferences)
      : txns_(txns), accesses_(accesses), known_(known), reasons_(reasons), cycles_(cycles) {
    for (const Inference& each : inferences) by_from_[each.from].push_back(&each);
  }

  TxnFinding Tell(const Cycle& cycle) {
    std::vector<OrderStep> premises;
    for (size_t i = 0; i < cycle.size(); ++i) {
      Explain({cycle[i].txn, cycle[(i + 1) % cycle.size()].txn, cycle[i].relation}, &premises);
    }
    return TellContradiction(cycles_, "no order of transactions explains what these read", premises, cycle,
                             [&](const OrderStep& step, TxnNames* names) { return ReasonOf(step, names); });
  }

 private:
  // As it was first drawn; nullptr if it was known.
  const Inference* Find(const OrderStep& step) const {
    if (step.relation == kProcess || step.relation == kRealtime) return nullptr;
    if (reasons_(step.from, step.to, step.relation, "", "").has_value()) return nullptr;
    const auto found = by_from_.find(step.from);
    if (found == by_from_.end()) return nullptr;
    for (const Inference* each : found->second) {
      if (each->to == step.to && each->relation == step.relation) return each;
    }
    return nullptr;
  }

  // Adds the steps that this one follows from, each after those that it follows from itself.
  void Explain(const OrderStep& step, std::vector<OrderStep>* premises) {
    const Inference* inference = Find(step);
    if (inference == nullptr) return;
    for (const OrderStep& each : WayBefore(*inference)) {
      if (premises->size() >= kMostPremises || !told_.insert({each.from, each.to, each.relation}).second) continue;
      Explain(each, premises);
      premises->push_back(each);
    }
  }

  // A short way from its first transaction to its second, by what was known in its round.
  std::vector<OrderStep> WayBefore(const Inference& inference) const {
    absl::flat_hash_map<uint32_t, CycleStep> reached{{inference.first, {inference.first, kInner}}};
    std::deque<uint32_t> queue{inference.first};
    while (!queue.empty() && !reached.contains(inference.second)) {
      const uint32_t v = queue.front();
      queue.pop_front();
      for (const TxnEdge& edge : known_.Out(v)) {
        if (!reached.try_emplace(edge.to, CycleStep{v, edge.relation}).second) continue;
        // Edges of junctions count nothing.
        if (edge.relation == kInner) queue.push_front(edge.to);
        else queue.push_back(edge.to);
      }
      const auto found = by_from_.find(v);
      if (found == by_from_.end()) continue;
      for (const Inference* each : found->second) {
        if (each->round >= inference.round) continue;
        if (reached.try_emplace(each->to, CycleStep{v, each->relation}).second) queue.push_back(each->to);
      }
    }
    std::vector<OrderStep> way;
    uint32_t to = inference.second;
    for (uint32_t v = to; v != inference.first;) {
      const CycleStep& by = reached.at(v);
      v = by.txn;
      if (v >= known_.txns()) continue;
      way.push_back({v, to, by.relation});
      to = v;
    }
    std::reverse(way.begin(), way.end());
    return way;
  }

  StepReason ReasonOf(const OrderStep& step, TxnNames* names) const {
    const std::string a = names->Of(step.from);
    const std::string b = names->Of(step.to);
    if (step.relation == kProcess || step.relation == kRealtime) return ReasonOfClients(cycles_, step, a, b);
    if (auto known = reasons_(step.from, step.to, step.relation, a, b)) return *std::move(known);
    if (const Inference* inference = Find(step)) return ReasonOf(*inference, a, b, names);
    return ReasonOfUncertain(step, a, b);
  }

  StepReason ReasonOf(const Inference& inference, const std::string& a, const std::string& b, TxnNames* names) const {
    const Json& key = txns_.key(inference.key);
    const auto value = [&](uint32_t txn) -> const Json& {
      return accesses_.ValueOf(*accesses_.Find(txn, inference.key)->write);
    };
    if (inference.relation == kRw) {
      const Json& read = value(inference.first);
      return {Json::ObjectOf({{"type", ":rw"}, {"key", key}, {"value", read}, {"value'", value(inference.to)}}),
              Concat(a, " read key ", Shortened(key), " = ", Shortened(read), ", which ", names->Of(inference.first),
                     " wrote, and ", b, ", which comes after that, set it to ", Shortened(value(inference.to)))};
    }
    const Json& read = value(inference.to);
    return {Json::ObjectOf({{"type", ":ww"}, {"key", key}, {"value", value(inference.from)}, {"value'", read}}),
            Concat(a, " set key ", Shortened(key), " to ", Shortened(value(inference.from)), ", and ",
                   names->Of(inference.second), ", which comes after that, read ", Shortened(read), ", which ", b,
                   " wrote")};
  }

  // Of edges of those that happened only because somebody read what they wrote.
  StepReason ReasonOfUncertain(const OrderStep& step, const std::string& a, const std::string& b) const {
    for (const Access& from : accesses_.of(step.from)) {
      const Access* to = accesses_.Find(step.to, from.key);
      if (to == nullptr) continue;
      const Json& key = txns_.key(from.key);
      if (step.relation == kWr && from.write.has_value() && to->read == from.write) {
        return {Json::ObjectOf({{"type", ":wr"}, {"key", key}, {"value", accesses_.ValueOf(*from.write)}}),
                Concat(a, " wrote ", Shortened(key), " = ", Shortened(accesses_.ValueOf(*from.write)),
                       ", which was read by ", b)};
      }
      if (step.relation == kRw && from.read == accesses_.InitialOf(from.key) && to->write.has_value()) {
        return {Json::ObjectOf({{"type", ":rw"}, {"key", key}, {"value", Json()},
                                {"value'", accesses_.ValueOf(*to->write)}}),
                Concat(a, " read the initial state of key ", Shortened(key), ", which ", b, " set to ",
                       Shortened(accesses_.ValueOf(*to->write)))};
      }
    }
    CHECK_THAT(false, "an edge that nothing explains");
  }

  const TxnHistory& txns_;
  const RegisterAccesses& accesses_;
  const TxnGraph& known_;
  DataReasons reasons_;
  const CyclesOptions& cycles_;
  absl::flat_hash_map<uint32_t, std::vector<const Inference*>> by_from_;  // looked up only
  std::set<std::tuple<uint32_t, uint32_t, Relation>> told_;
};

constexpr struct {
  ClientOrder order;
  const char* kind;
} kKinds[] = {
    {ClientOrder::kNone, "serializable-cycle"},
    {ClientOrder::kProcess, "serializable-cycle-process"},
    {ClientOrder::kRealtime, "serializable-cycle-realtime"},
};

}  // namespace

bool MayBeOrdered(const TxnHistory& txns, const RegisterAccesses& accesses, ClientOrder order, TxnGraph* graph) {
  return order != ClientOrder::kNone && Saturation(txns, accesses).Run(graph) == Outcome::kNothing;
}

void FindSaturatedCycles(const TxnHistory& txns, const RegisterAccesses& accesses, const CyclesOptions& cycles,
                         const IsolationOptions& isolation, absl::FunctionRef<TxnGraph()> make_graph,
                         DataReasons reasons, TxnFindings* findings) {
  const AnomalySet prohibited = ProhibitedAnomalies(isolation.models, isolation.anomalies, isolation.sessions);
  // What the strongest order leaves room for, the others do.
  bool is_possible = false;
  for (auto row = std::rbegin(kKinds); row != std::rend(kKinds) && !is_possible; ++row) {
    if (!prohibited.contains(row->kind)) continue;
    if (findings->ShowsNothingNew(row->kind, isolation.sessions)) return;
    TxnGraph graph = make_graph();
    AddClientOrder(cycles, row->order, &graph);
    if (Saturation(txns, accesses).Run(&graph) != Outcome::kCycle) return;
    is_possible = true;
  }
  for (const auto& row : kKinds) {
    if (!is_possible || findings->ShowsNothingNew(row.kind, isolation.sessions)) return;
    TxnGraph graph = make_graph();
    AddClientOrder(cycles, row.order, &graph);
    Saturation saturation(txns, accesses);
    if (saturation.Run(&graph) != Outcome::kCycle) continue;
    TxnGraph known = make_graph();
    AddClientOrder(cycles, row.order, &known);
    saturation.LinkUncertainWriters(&known);
    known.Freeze();
    const std::optional<Cycle> cycle = ShortCycle(graph);
    findings->Add(row.kind, Proof(txns, accesses, known, reasons, cycles, saturation.inferences()).Tell(*cycle));
    return;
  }
}

}  // namespace gyre
