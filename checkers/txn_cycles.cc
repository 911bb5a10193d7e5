#include "checkers/txn_cycles.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "checkers/cycle_search.h"
#include "checkers/witness.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kMostShown = 300;

const char* NameOf(Relation relation) {
  switch (relation) {
    case kWw: return "ww";
    case kWr: return "wr";
    case kRw: return "rw";
    case kProcess: return "process";
    case kRealtime: return "realtime";
    case kInner: break;
  }
  return "";
}

class Explainer {
 public:
  Explainer(const CyclesOptions& cycles, DataReasons reasons) : cycles_(cycles), reasons_(reasons) {}

  // Each step by data where it can be, as Elle does.
  Cycle Best(const Cycle& cycle) const {
    Cycle best = cycle;
    for (size_t i = 0; i < cycle.size(); ++i) {
      for (const Relation relation : cycles_.preferred) {
        if (!reasons_(cycle[i].txn, cycle[(i + 1) % cycle.size()].txn, relation, "", "").has_value()) continue;
        best[i].relation = relation;
        break;
      }
    }
    return best;
  }

  TxnFinding Explain(const FoundCycle& found) const {
    const auto reason = [&](const OrderStep& step, TxnNames* names) {
      const std::string a = names->Of(step.from);
      const std::string b = names->Of(step.to);
      if (step.relation == kProcess || step.relation == kRealtime) return ReasonOfClients(cycles_, step, a, b);
      std::optional<StepReason> by_data = reasons_(step.from, step.to, step.relation, a, b);
      CHECK_THAT(by_data.has_value(), Concat("no reason of an edge ", NameOf(step.relation)));
      return *std::move(by_data);
    };
    TxnFinding finding = TellContradiction(cycles_, Concat("a cycle of ", found.cycle.size(), " transactions"), {},
                                           found.cycle, reason);
    finding.witness.Set("component-size", uint64_t{found.component_size});
    finding.details.Set("type", Concat(":", found.kind));
    return finding;
  }

 private:
  const CyclesOptions& cycles_;
  DataReasons reasons_;
};

// Whether some transaction was invoked after another one completed; that one may have failed, which Elle's graph holds.
bool HasRealtimeOrder(const History& history) {
  bool completed = false;
  for (uint32_t i = 0; i < history.size(); ++i) {
    if (history[i].process == kNemesis) continue;
    if (history[i].type == OpType::kOk) completed = true;
    if (completed && history[i].type == OpType::kInvoke && history.pair(i) != History::kNone) return true;
  }
  return false;
}

}  // namespace

std::string Shortened(const Json& json) {
  std::string text = json.Dump();
  if (text.size() <= kMostShown) return text;
  size_t end = kMostShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  return Concat(text.substr(0, end), "...");
}

std::string DescribeTxn(const History& history, uint32_t entry, const CheckOptions& options) {
  return Concat(Who(history[entry], options), " (", When(history, entry), "): ", Shortened(history[entry].value));
}

std::string TxnNames::Of(uint32_t txn) {
  const auto found = std::find(txns_.begin(), txns_.end(), txn);
  const auto place = found - txns_.begin();
  if (found == txns_.end()) txns_.push_back(txn);
  return Concat("T", place + 1);
}

std::string TxnNames::Bindings() const {
  std::string text;
  for (size_t i = 0; i < txns_.size(); ++i) {
    const uint32_t entry = cycles_.entries[txns_[i]];
    text += Concat("  T", i + 1, " = ", DescribeTxn(*cycles_.history, entry, *cycles_.options), "\n");
  }
  return text;
}

TxnFinding TellContradiction(const CyclesOptions& cycles, std::string_view opening,
                             absl::Span<const OrderStep> premises, const Cycle& cycle, StepReasons reasons) {
  TxnNames names(cycles);
  Json::Array ops;
  Json::Array positions;
  for (const CycleStep& step : cycle) {
    names.Of(step.txn);
    const uint32_t entry = cycles.entries[step.txn];
    ops.push_back(ToJson((*cycles.history)[entry]));
    positions.push_back(Positions(*cycles.history, entry));
  }
  ops.push_back(ops.front());
  const auto line = [&](const OrderStep& step, const StepReason& reason, const char* before) {
    return Concat("  - ", before, names.Of(step.from), " < ", names.Of(step.to), ", because ", reason.text);
  };
  std::string text;
  for (const OrderStep& step : premises) text += Concat(line(step, reasons(step, &names), ""), ".\n");
  Json::Array steps;
  for (size_t i = 0; i < cycle.size(); ++i) {
    const OrderStep step{cycle[i].txn, cycle[(i + 1) % cycle.size()].txn, cycle[i].relation};
    const bool last = i + 1 == cycle.size();
    StepReason reason = reasons(step, &names);
    text += Concat(line(step, reason, last ? "However, " : ""), last ? ": a contradiction!" : ".\n");
    steps.push_back(std::move(reason.step));
  }
  TxnFinding finding;
  finding.text = Concat(opening, ". Let:\n", names.Bindings(), "Then:\n", text);
  finding.witness = Json::ObjectOf({{"cycle", std::move(positions)}, {"steps", steps}});
  finding.details = Json::ObjectOf({{"cycle", std::move(ops)}, {"steps", std::move(steps)}});
  return finding;
}

StepReason ReasonOfClients(const CyclesOptions& cycles, const OrderStep& step, std::string_view a_name,
                           std::string_view b_name) {
  const History& history = *cycles.history;
  const Op& completion = history[cycles.entries[step.from]];
  if (step.relation == kProcess) {
    const int32_t process = completion.process.value();
    return {Json::ObjectOf({{"type", ":process"}, {"process", int64_t{process}}}),
            Concat("process ", process, " executed ", a_name, " before ", b_name)};
  }
  const Op& invocation = history[history.pair(cycles.entries[step.to])];
  const int64_t gap = (invocation.time - completion.time).ns();
  const std::string how = gap > 0 ? absl::StrFormat(" %.3f seconds", static_cast<double>(gap) / 1e9) : " just";
  return {Json::ObjectOf({{"type", ":realtime"}, {"a'", ToJson(completion)}, {"b", ToJson(invocation)}}),
          Concat(a_name, " completed at index ", completion.index.value(), ",", how, " before the invocation of ",
                 b_name, ", at index ", invocation.index.value())};
}

bool AddClientOrder(const CyclesOptions& cycles, ClientOrder order, TxnGraph* graph) {
  const History& history = *cycles.history;
  std::vector<uint32_t> vertices(history.size(), kNoVertex);
  for (uint32_t txn = 0; txn < cycles.entries.size(); ++txn) {
    const OpType type = history[cycles.entries[txn]].type;
    if (type == OpType::kOk || type == OpType::kInfo) vertices[cycles.entries[txn]] = txn;
  }
  if (order == ClientOrder::kProcess) AddProcessEdges(history, vertices, graph);
  const bool is_empty = graph->empty() && !(order == ClientOrder::kRealtime && HasRealtimeOrder(history));
  if (order == ClientOrder::kRealtime) AddRealtimeEdges(history, vertices, graph);
  return !is_empty;
}

void FindAndExplainCycles(const CyclesOptions& cycles, ClientOrder order, TxnGraph* graph, DataReasons reasons,
                          TxnFindings* findings) {
  if (!AddClientOrder(cycles, order, graph)) {
    findings->Add(kEmptyGraph, {});
    return;
  }
  graph->Freeze();
  const Explainer explainer(cycles, reasons);
  const std::vector<FoundCycle> all = FindCycles(*graph, [&](const Cycle& cycle) { return explainer.Best(cycle); });
  for (const bool indirect : {false, true}) {
    for (const FoundCycle& found : all) {
      if (found.indirect != indirect || (indirect && findings->ShowsNothingNew(found.kind))) continue;
      if (findings->WantsMore(found.kind)) {
        findings->Add(found.kind, explainer.Explain(found));
      } else {
        findings->Count(found.kind);
      }
    }
  }
}

}  // namespace gyre
