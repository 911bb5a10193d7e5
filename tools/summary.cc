#include "tools/summary.h"

#include <algorithm>
#include <type_traits>

#include "sim/base/concat.h"
#include "tools/console.h"

namespace gyre {
namespace {

constexpr size_t kSiteColumns = 200;
constexpr size_t kTextColumns = 500;

// "exit 3: cannot open nodes.conf": how the node died, and the last that it wrote to stderr; numbers as #, since they
// are pids, lines of a trace, addresses, and differ between two deaths at one place.
std::string CrashSiteOf(const RunFinding& finding) {
  constexpr std::string_view kHow = " ended with ";
  constexpr std::string_view kStderr = "last lines on stderr:\n";
  const std::string_view text = finding.text;
  const size_t how = text.find(kHow);
  if ((finding.kind != "exit" && finding.kind != "signal") || how == std::string_view::npos) return "";
  const std::string_view end = text.substr(how + kHow.size());
  std::string site(end.substr(0, end.find(" at ")));
  const size_t said = text.find(kStderr);
  if (said == std::string_view::npos) return site;
  std::string_view lines = text.substr(said + kStderr.size());
  while (!lines.empty() && lines.back() == '\n') lines.remove_suffix(1);
  if (const size_t before = lines.rfind('\n'); before != std::string_view::npos) lines.remove_prefix(before + 1);
  lines.remove_prefix(std::min(lines.find_first_not_of(' '), lines.size()));
  std::string last;
  for (const char c : lines) {
    if (c < '0' || c > '9') {
      last.push_back(c);
    } else if (last.empty() || last.back() != '#') {
      last.push_back('#');
    }
  }
  return Shortened(Concat(site, ": ", last), kSiteColumns);
}

// What to look at first: an anomaly that a checker found, else what a node did wrong, else why nothing is known.
void NameFirst(const RunResult& result, RunSummary* summary) {
  std::string text;
  if (!result.anomalies.empty()) {
    summary->anomaly = result.anomalies[0].kind;
    text = result.anomalies[0].text;
  } else if (result.simulation.reason != EndReason::kCompleted) {
    summary->anomaly = summary->reason;
    text = result.simulation.end_text;
  }
  for (const RunFinding& finding : result.simulation.findings) {
    if (!finding.invalidates || !summary->anomaly.empty()) continue;
    summary->anomaly = finding.kind;
    summary->site = CrashSiteOf(finding);
    text = Concat(finding.node, ": ", finding.text);
  }
  if (summary->anomaly.empty() && result.valid != Validity::kValid) {
    summary->anomaly = std::string(ToString(result.valid));
    const Json* workload = result.results.Find("workload");
    const Json* error = workload == nullptr || !workload->is_object() ? nullptr : workload->Find("error");
    if (error != nullptr && error->is_string()) text = error->AsString();
  }
  summary->text = Shortened(text.substr(0, text.find('\n')), kTextColumns);
}

bool ShownAtEnd(const RunConfig& config, const RunResult& result) {
  if (result.anomalies.empty()) return false;
  const History& history = result.simulation.history;
  const std::vector<int64_t> named = NamedOperations(result.anomalies[0].witness);
  return std::any_of(named.begin(), named.end(), [&](int64_t position) {
    const size_t at = static_cast<size_t>(position);
    return at < history.size() && history[at].type == OpType::kInvoke &&
           Duration(history[at].time.ns()) >= config.time_limit;
  });
}

void AddIntegers(const Json& json, std::vector<int64_t>* integers) {
  if (json.is_int()) integers->push_back(json.AsInt());
  if (!json.is_array()) return;
  for (const Json& each : json.AsArray()) AddIntegers(each, integers);
}

// The member `name` if it is of the kind that T needs.
template <typename T>
bool Read(const Json& json, const char* name, T* place) {
  const Json* value = json.Find(name);
  if (value == nullptr) return false;
  if constexpr (std::is_same_v<T, std::string>) {
    if (value->is_null()) return true;
    if (!value->is_string()) return false;
    *place = value->AsString();
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    if (value->kind() != Json::Kind::kInt && value->kind() != Json::Kind::kUint) return false;
    *place = value->AsUint();
  } else {
    if (!value->is_number() || value->kind() == Json::Kind::kBigInteger) return false;
    *place = value->AsDouble();
  }
  return true;
}

bool ReadValidity(const Json& json, Validity* valid) {
  const Json* value = json.Find("valid");
  if (value == nullptr) return false;
  for (const Validity each : {Validity::kValid, Validity::kUnknown, Validity::kInvalid}) {
    if (!(*value == ToJson(each))) continue;
    *valid = each;
    return true;
  }
  return false;
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

}  // namespace

// Members by other names are values.
std::vector<int64_t> NamedOperations(const Json& witness) {
  constexpr const char* kNames[] = {"add", "cycle",      "known", "last-look", "last-present", "missed-by",
                                    "op",  "operations", "ops",   "read",      "writer"};
  std::vector<int64_t> positions;
  for (const char* name : kNames) {
    if (const Json* named = witness.is_object() ? witness.Find(name) : nullptr) AddIntegers(*named, &positions);
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

RunSummary Summarize(const RunConfig& config, const RunResult& result) {
  RunSummary summary;
  summary.seed = config.seed;
  summary.valid = result.valid;
  summary.reason = std::string(ToString(result.simulation.reason));
  summary.grade = result.grade;
  summary.leak = result.leak;
  if (result.simulation.reason != EndReason::kStuck && result.simulation.reason != EndReason::kInterrupted) {
    summary.digest = result.simulation.digest.Hex();
    summary.call_digest = result.call_digest;
  }
  summary.virtual_time = Duration(result.simulation.end.ns());
  summary.wall_seconds = result.wall_seconds;
  for (const Op& op : result.simulation.history.ops()) {
    if (op.type == OpType::kInvoke && op.process != kNemesis) ++summary.operations;
  }
  summary.messages = result.simulation.net.all.messages;
  summary.coverage = result.simulation.coverage;
  NameFirst(result, &summary);
  summary.at_end = ShownAtEnd(config, result);
  return summary;
}

Json ToJson(const RunSummary& summary) {
  return Json::ObjectOf({{"valid", ToJson(summary.valid)},
                         {"seed", summary.seed},
                         {"grade", summary.grade},
                         {"digest", TextOrNull(summary.digest)},
                         {"call_digest", TextOrNull(summary.call_digest)},
                         {"virtual_s", static_cast<double>(summary.virtual_time.ns()) / 1e9},
                         {"wall_s", summary.wall_seconds},
                         {"operations", summary.operations},
                         {"messages", summary.messages},
                         {"store", TextOrNull(summary.store)},
                         {"reason", summary.reason},
                         {"leak", TextOrNull(summary.leak)},
                         {"doublecheck", TextOrNull(summary.doublecheck)},
                         {"site", TextOrNull(summary.site)},
                         {"anomaly", TextOrNull(summary.anomaly)},
                         {"text", TextOrNull(summary.text)}});
}

Json ToJsonWithCoverage(const RunSummary& summary) {
  Json json = ToJson(summary);
  json.Set("coverage", ToJson(summary.coverage));
  return json;
}

absl::StatusOr<RunSummary> SummaryFromJson(const Json& json) {
  RunSummary summary;
  double virtual_seconds = 0;
  if (!ReadValidity(json, &summary.valid) || !Read(json, "seed", &summary.seed) ||
      !Read(json, "grade", &summary.grade) || !Read(json, "digest", &summary.digest) ||
      !Read(json, "call_digest", &summary.call_digest) || !Read(json, "virtual_s", &virtual_seconds) ||
      !Read(json, "wall_s", &summary.wall_seconds) || !Read(json, "operations", &summary.operations) ||
      !Read(json, "messages", &summary.messages) || !Read(json, "store", &summary.store) ||
      !Read(json, "reason", &summary.reason) || !Read(json, "leak", &summary.leak) ||
      !Read(json, "doublecheck", &summary.doublecheck) || !Read(json, "anomaly", &summary.anomaly) ||
      !Read(json, "text", &summary.text) || (json.Find("site") != nullptr && !Read(json, "site", &summary.site))) {
    return absl::InvalidArgumentError("not the result of a run of this version of gyre");
  }
  summary.virtual_time = Duration(static_cast<int64_t>(virtual_seconds * 1e9 + 0.5));
  if (const Json* member = json.Find("coverage"); member != nullptr) {
    absl::StatusOr<Coverage> coverage = CoverageFromJson(*member);
    if (!coverage.ok()) return coverage.status();
    summary.coverage = *std::move(coverage);
  }
  return summary;
}

ExitStatus StatusOf(const RunSummary& summary) {
  if (summary.reason == ToString(EndReason::kInterrupted)) return ExitStatus::kInterrupted;
  switch (summary.valid) {
    case Validity::kValid:
      return ExitStatus::kValid;
    case Validity::kInvalid:
      return ExitStatus::kInvalid;
    case Validity::kUnknown:
      return ExitStatus::kUnknown;
  }
  return ExitStatus::kUnknown;
}

}  // namespace gyre
