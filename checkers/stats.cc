#include "checkers/stats.h"

#include <map>
#include <string>

#include "sim/base/concat.h"

namespace gyre {
namespace {

struct Counts {
  int64_t ok = 0;
  int64_t fail = 0;
  int64_t info = 0;

  int64_t all() const { return ok + fail + info; }
  void Add(OpType type) { ++(type == OpType::kOk ? ok : type == OpType::kFail ? fail : info); }
};

Json::Object ToDetails(const Counts& counts, bool valid) {
  return {{"valid?", valid},
          {"count", counts.all()},
          {"ok-count", counts.ok},
          {"fail-count", counts.fail},
          {"info-count", counts.info}};
}

// Kafka's operations that are expected to fail.
bool MayAlwaysFail(std::string_view f) { return f == "crash" || f == "debug-topic-partitions"; }

Anomaly NeverSucceeded(const std::string& f, const Counts& counts) {
  return {"no-success",
          Concat("no ", f, " operation succeeded: of ", counts.all(), ", ", counts.fail, " failed and ", counts.info,
                       " ended without a known outcome; see the errors of the ", f, " operations in the history"),
          Json::ObjectOf({{"f", f}, {"count", counts.all()}})};
}

}  // namespace

Verdict CheckStats(const History& history) {
  Counts all;
  std::map<std::string, Counts> by_f;  // sorted: the order of the result
  for (const Op& op : history.ops()) {
    if (op.process == kNemesis || op.type == OpType::kInvoke) continue;
    all.Add(op.type);
    by_f[std::string(op.f.text())].Add(op.type);
  }
  Verdict verdict;
  Json::Object details_by_f;
  for (const auto& [f, counts] : by_f) {
    details_by_f.emplace_back(f, ToDetails(counts, counts.ok > 0));
    if (counts.ok > 0 || MayAlwaysFail(f)) continue;
    verdict.valid = Validity::kInvalid;
    verdict.anomalies.push_back(NeverSucceeded(f, counts));
  }
  Json::Object details = ToDetails(all, verdict.valid == Validity::kValid);
  details.emplace_back("by-f", std::move(details_by_f));
  verdict.details = std::move(details);
  return verdict;
}

}  // namespace gyre
