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

std::string TxnName(size_t i) { return Concat("T", i + 1); }

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
    const Cycle& cycle = found.cycle;
    Json::Array ops;
    Json::Array steps;
    Json::Array positions;
    std::string bindings;
    std::string text;
    for (size_t i = 0; i < cycle.size(); ++i) {
      const size_t next = (i + 1) % cycle.size();
      const uint32_t entry = cycles_.entries[cycle[i].txn];
      const StepReason reason = ReasonOf(cycle[i], cycle[next].txn, TxnName(i), TxnName(next));
      ops.push_back(ToJson((*cycles_.history)[entry]));
      positions.push_back(Positions(*cycles_.history, entry));
      steps.push_back(reason.step);
      bindings += Concat("  ", TxnName(i), " = ", DescribeTxn(*cycles_.history, entry, *cycles_.options), "\n");
      const bool last = i + 1 == cycle.size();
      text += Concat("  - ", last ? "However, " : "", TxnName(i), " < ", TxnName(next), ", because ", reason.text,
                     last ? ": a contradiction!" : ".\n");
    }
    ops.push_back(ops.front());
    TxnFinding finding;
    finding.text = Concat("a cycle of ", cycle.size(), " transactions. Let:\n", bindings, "Then:\n", text);
    finding.witness =
        Json::ObjectOf({{"cycle", std::move(positions)},
                        {"steps", steps},
                        {"component-size", uint64_t{found.component_size}}});
    finding.details = Json::ObjectOf(
        {{"cycle", std::move(ops)}, {"steps", std::move(steps)}, {"type", Concat(":", found.kind)}});
    return finding;
  }

 private:
  StepReason ReasonOf(const CycleStep& step, uint32_t next, const std::string& a, const std::string& b) const {
    if (step.relation == kProcess) return ByProcess(step.txn, a, b);
    if (step.relation == kRealtime) return ByRealtime(step.txn, next, a, b);
    std::optional<StepReason> reason = reasons_(step.txn, next, step.relation, a, b);
    CHECK_THAT(reason.has_value(), Concat("no reason of an edge ", NameOf(step.relation)));
    return *std::move(reason);
  }

  StepReason ByProcess(uint32_t txn, const std::string& a, const std::string& b) const {
    const int32_t process = (*cycles_.history)[cycles_.entries[txn]].process.value();
    return {Json::ObjectOf({{"type", ":process"}, {"process", int64_t{process}}}),
            Concat("process ", process, " executed ", a, " before ", b)};
  }

  StepReason ByRealtime(uint32_t txn, uint32_t next, const std::string& a, const std::string& b) const {
    const History& history = *cycles_.history;
    const Op& completion = history[cycles_.entries[txn]];
    const Op& invocation = history[history.pair(cycles_.entries[next])];
    const int64_t gap = (invocation.time - completion.time).ns();
    const std::string how = gap > 0 ? absl::StrFormat(" %.3f seconds", static_cast<double>(gap) / 1e9) : " just";
    return {Json::ObjectOf({{"type", ":realtime"}, {"a'", ToJson(completion)}, {"b", ToJson(invocation)}}),
            Concat(a, " completed at index ", completion.index.value(), ",", how, " before the invocation of ", b,
                   ", at index ", invocation.index.value())};
  }

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

void FindAndExplainCycles(const CyclesOptions& cycles, ClientOrder order, TxnGraph* graph, DataReasons reasons,
                          TxnFindings* findings) {
  const History& history = *cycles.history;
  std::vector<uint32_t> vertices(history.size(), kNoVertex);
  for (uint32_t txn = 0; txn < cycles.entries.size(); ++txn) {
    const OpType type = history[cycles.entries[txn]].type;
    if (type == OpType::kOk || type == OpType::kInfo) vertices[cycles.entries[txn]] = txn;
  }
  if (order == ClientOrder::kProcess) AddProcessEdges(history, vertices, graph);
  bool is_empty = graph->empty();
  if (order == ClientOrder::kRealtime) {
    is_empty = is_empty && !HasRealtimeOrder(history);
    AddRealtimeEdges(history, vertices, graph);
  }
  if (is_empty) {
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
