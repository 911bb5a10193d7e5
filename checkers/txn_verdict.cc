#include "checkers/txn_verdict.h"

#include <algorithm>
#include <utility>

#include "sim/base/concat.h"

namespace gyre {
namespace {

Json ToNames(const std::vector<std::string>& names) {
  Json::Array list;
  for (const std::string& name : names) list.push_back(Concat(":", name));
  return list;
}

}  // namespace

TxnFindings::Kind& TxnFindings::Of(std::string_view kind) {
  const auto found = found_.find(kind);
  return found != found_.end() ? found->second : found_.try_emplace(std::string(kind)).first->second;
}

bool TxnFindings::WantsMore(std::string_view kind) const {
  const auto found = found_.find(kind);
  return found == found_.end() || found->second.kept.size() < kMaxAnomaliesOfAKind;
}

void TxnFindings::Add(std::string_view kind, TxnFinding finding) {
  Kind& of = Of(kind);
  ++of.count;
  if (of.kept.size() < kMaxAnomaliesOfAKind) of.kept.push_back(std::move(finding));
}

AnomalySet TxnFindings::kinds() const {
  AnomalySet kinds;
  for (const auto& [kind, findings] : found_) kinds.insert(kind);
  return kinds;
}

bool TxnFindings::ShowsNothingNew(std::string_view kind, Sessions sessions) const {
  return gyre::ShowsNothingNew(kinds(), kind, sessions);
}

Verdict TxnFindings::ToVerdict(const IsolationOptions& options) && {
  const AnomalySet prohibited = ProhibitedAnomalies(options.models, options.anomalies, options.sessions);
  const AnomalySet all = kinds();
  Verdict verdict;
  std::vector<std::string> types;
  Json::Object anomalies;
  Json::Object counts;
  for (auto& [kind, findings] : found_) {
    const bool open = kind == kEmptyGraph;
    if (!open && !prohibited.contains(kind)) continue;
    verdict.valid = Merge(verdict.valid, open ? Validity::kUnknown : Validity::kInvalid);
    types.push_back(kind);
    Json::Array cases;
    for (TxnFinding& finding : findings.kept) {
      cases.push_back(std::move(finding.details));
      if (!open) verdict.anomalies.push_back({kind, std::move(finding.text), std::move(finding.witness)});
    }
    anomalies.emplace_back(kind, open ? Json(true) : Json(std::move(cases)));
    counts.emplace_back(kind, findings.count);
  }
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}});
  if (types.empty()) return verdict;
  const ModelBoundary boundary = RuledOut(all, options.sessions);
  verdict.details.Set("anomaly-types", ToNames(types));
  verdict.details.Set("anomalies", std::move(anomalies));
  verdict.details.Set("anomaly-counts", std::move(counts));
  verdict.details.Set("not", ToNames(boundary.weakest));
  verdict.details.Set("also-not", ToNames(boundary.others));
  return verdict;
}

ClientOrder OrderThatMatters(const IsolationOptions& options) {
  ClientOrder order = ClientOrder::kNone;
  for (const std::string& kind : ProhibitedAnomalies(options.models, options.anomalies, options.sessions)) {
    const std::string_view name = kind;
    // G1 itself stands for others; only kinds of cycles call for a graph.
    if (name.starts_with("G1-")) continue;
    if (name.ends_with("-realtime")) return ClientOrder::kRealtime;
    if (name.ends_with("-process")) order = ClientOrder::kProcess;
  }
  return order;
}

Verdict NotCheckable(std::string_view error) {
  Verdict verdict;
  verdict.valid = Validity::kUnknown;
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"error", error}});
  return verdict;
}

}  // namespace gyre
