#include "checkers/rw_register.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkers/lost_updates.h"
#include "checkers/register_accesses.h"
#include "checkers/register_reads.h"
#include "checkers/register_saturation.h"
#include "checkers/register_versions.h"
#include "checkers/txn_cycles.h"
#include "checkers/txn_graph.h"
#include "checkers/txn_history.h"
#include "checkers/weak_isolation.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

class RegisterGraph {
 public:
  RegisterGraph(const TxnHistory& txns, const RegisterAccesses& accesses, const RegisterVersions& versions)
      : txns_(txns), accesses_(accesses), versions_(versions) {}

  TxnGraph Make() const {
    TxnGraph graph(static_cast<uint32_t>(txns_.txns().size()));
    for (Slot slot = 0; slot < accesses_.slots(); ++slot) {
      const absl::Span<const uint32_t> writers = accesses_.writers(slot);
      const absl::Span<const uint32_t> readers = accesses_.readers(slot);
      for (const uint32_t writer : writers) {
        for (const uint32_t reader : readers) graph.Link(writer, reader, kWr);
      }
      // A transaction writes one version of a key last, so none comes twice.
      std::vector<uint32_t> later;
      for (const Slot after : versions_.After(slot)) {
        later.insert(later.end(), accesses_.writers(after).begin(), accesses_.writers(after).end());
      }
      graph.LinkAllToAll(writers, later, kWw);
      graph.LinkAllToAll(readers, later, kRw);
    }
    return graph;
  }

  std::optional<StepReason> Reason(uint32_t a, uint32_t b, Relation relation, std::string_view a_name,
                                   std::string_view b_name) const {
    if (txns_.txns()[a].type != OpType::kOk || txns_.txns()[b].type != OpType::kOk) return std::nullopt;
    for (const Access& from : accesses_.of(a)) {
      const Access* to = accesses_.Find(b, from.key);
      if (to == nullptr) continue;
      if (relation == kWr && from.write.has_value() && to->read == from.write) {
        return Tell(":wr", from, *from.write, from.write_mop, std::nullopt, to->read_mop,
                    Concat(a_name, " wrote ", KeyName(from.key), " = ", ValueName(*from.write), ", which was read by ",
                           b_name));
      }
      if (relation == kWw && from.write.has_value() && to->write.has_value() &&
          versions_.ComesAfter(*from.write, *to->write)) {
        return Tell(":ww", from, *from.write, from.write_mop, to->write, to->write_mop,
                    Concat(a_name, " set key ", KeyName(from.key), " to ", ValueName(*from.write), ", and ", b_name,
                           " set it to ", ValueName(*to->write), ", which came later in the version order"));
      }
      if (relation == kRw && from.read.has_value() && to->write.has_value() &&
          versions_.ComesAfter(*from.read, *to->write)) {
        return Tell(":rw", from, *from.read, from.read_mop, to->write, to->write_mop,
                    Concat(a_name, " read key ", KeyName(from.key), " = ", ValueName(*from.read), ", and ", b_name,
                           " set it to ", ValueName(*to->write), ", which came later in the version order"));
      }
    }
    return std::nullopt;
  }

 private:
  std::string KeyName(uint32_t key) const { return Shortened(txns_.key(key)); }
  std::string ValueName(Slot slot) const { return Shortened(accesses_.ValueOf(slot)); }

  StepReason Tell(const char* type, const Access& access, Slot value, uint32_t a_mop, std::optional<Slot> later,
                  uint32_t b_mop, std::string text) const {
    Json step = Json::ObjectOf({{"type", type}, {"key", txns_.key(access.key)}, {"value", accesses_.ValueOf(value)}});
    if (later.has_value()) step.Set("value'", accesses_.ValueOf(*later));
    step.Set("a-mop-index", int64_t{a_mop});
    step.Set("b-mop-index", int64_t{b_mop});
    return {std::move(step), std::move(text)};
  }

  const TxnHistory& txns_;
  const RegisterAccesses& accesses_;
  const RegisterVersions& versions_;
};

// The first value that was read and that two transactions wrote: it does not tell whose write was seen.
std::optional<std::string> WrittenTwice(const TxnHistory& txns, const RegisterAccesses& accesses) {
  for (Slot slot = 0; slot < accesses.slots(); ++slot) {
    const absl::Span<const uint32_t> writers = accesses.writers(slot);
    if (writers.size() < 2 || accesses.readers(slot).empty()) continue;
    return Concat("key ", Shortened(txns.key(accesses.KeyOf(slot))), " had value ", Shortened(accesses.ValueOf(slot)),
                  " written by more than one op: ", txns.op(writers[0]).index.value(), " and ",
                  txns.op(writers[1]).index.value(), "; values of a key must differ for reads to tell whose they are");
  }
  return std::nullopt;
}

void TellCyclicVersions(const TxnHistory& txns, const RegisterAccesses& accesses, const RegisterVersions& versions,
                        TxnFindings* findings) {
  for (const RegisterVersions::Cyclic& cyclic : versions.cyclic()) {
    constexpr char kKind[] = "cyclic-versions";
    if (!findings->WantsMore(kKind)) {
      findings->Count(kKind);
      continue;
    }
    Json::Array values;
    for (const Slot slot : cyclic.slots) values.push_back(accesses.ValueOf(slot));
    Json::Array sources;
    std::string names;
    for (const std::string& source : cyclic.sources) {
      sources.push_back(Concat(":", source));
      names += Concat(names.empty() ? "" : ", ", source);
    }
    TxnFinding finding;
    finding.text = Concat("key ", Shortened(txns.key(cyclic.key)), ": each of the versions ", Shortened(values),
                          " comes before all of the others, by ", names);
    finding.witness = Json::ObjectOf({{"key", txns.key(cyclic.key)}, {"scc", values}});
    finding.details = Json::ObjectOf(
        {{"key", txns.key(cyclic.key)}, {"scc", std::move(values)}, {"sources", std::move(sources)}});
    findings->Add(kKind, std::move(finding));
  }
}

// Elle refuses histories whose keys are of several types.
bool HasMixedKeys(const TxnHistory& txns) {
  for (uint32_t key = 1; key < txns.key_count(); ++key) {
    if (txns.key(key).kind() != txns.key(0).kind()) return true;
  }
  return false;
}

}  // namespace

Verdict CheckRwRegister(const History& history, const CheckOptions& options, const IsolationOptions& isolation) {
  const absl::StatusOr<TxnHistory> txns = TxnHistory::Read(history, ObjectKind::kRegister);
  if (!txns.ok()) return NotCheckable(ToStd(txns.status().message()));
  if (options.parity == Parity::kMaelstrom && HasMixedKeys(*txns)) {
    return NotCheckable("the history has a mix of different types of keys");
  }
  const RegisterAccesses accesses(*txns);
  if (const auto twice = WrittenTwice(*txns, accesses)) return NotCheckable(*twice);
  const RegisterVersions versions(*txns, accesses, isolation);
  TxnFindings findings;
  FindRegisterAnomalies(*txns, options, &findings);
  FindLostUpdates(*txns, options, &findings);
  TellCyclicVersions(*txns, accesses, versions, &findings);
  const RegisterGraph registers(*txns, accesses, versions);
  std::vector<uint32_t> entries;
  for (const Txn& txn : txns->txns()) entries.push_back(txn.entry);
  constexpr Relation kPreferred[] = {kWr, kWw, kRw};
  const auto reasons = [&](uint32_t a, uint32_t b, Relation relation, std::string_view a_name,
                           std::string_view b_name) { return registers.Reason(a, b, relation, a_name, b_name); };
  const CyclesOptions cycles{&history, &options, entries, kPreferred};
  const ClientOrder order = OrderThatMatters(isolation);
  TxnGraph graph = registers.Make();
  FindAndExplainCycles(cycles, order, &graph, reasons, &findings);
  if (options.parity == Parity::kMaelstrom && isolation.sessions == Sessions::kApart) {
    return std::move(findings).ToVerdict(isolation);
  }
  if (!findings.kinds().empty() || !MayBeOrdered(*txns, accesses, order, &graph)) {
    FindWeakIsolationAnomalies(*txns, accesses, cycles, isolation.sessions, &findings);
    FindSaturatedCycles(*txns, accesses, cycles, isolation, [&] { return registers.Make(); }, reasons, &findings);
  }
  return std::move(findings).ToVerdict(isolation);
}

Verdict CheckRwRegister(const History& history, const CheckOptions& options) {
  IsolationOptions isolation;
  isolation.models = options.consistency_models;
  isolation.writes_follow_reads = true;
  Verdict verdict = CheckRwRegister(history, options, isolation);
  // Maelstrom takes whatever Elle names for a failure here.
  if (options.parity == Parity::kMaelstrom && verdict.details.Find("anomaly-types") != nullptr) {
    verdict.valid = Validity::kInvalid;
    verdict.details.Set("valid?", ToJson(verdict.valid));
  }
  return verdict;
}

}  // namespace gyre
