#include "checkers/stats.h"

#include <algorithm>
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

Json::Object ToDetails(const Counts& counts, Validity valid) {
  return {{"valid?", ToJson(valid)},
          {"count", counts.all()},
          {"ok-count", counts.ok},
          {"fail-count", counts.fail},
          {"info-count", counts.info}};
}

// Whether a cas was carried out, and said that there was another value, or none.
bool SaysMismatch(const Op& op) {
  const Json& error = op.error;
  if (op.f != Atom("cas") || !error.is_array() || error.AsArray().empty()) return false;
  return error.AsArray()[0] == Json("precondition-failed") || error.AsArray()[0] == Json("key-does-not-exist");
}

// Whether all cas of a right system may have failed by chance. `cas` are those, of which some said `mismatch`; `others`
// tell how often the system was there at all.
//
// One that is carried out finds its value with odds of 1 in 5 (lin-kv has five), so that of n, with the share a of the
// other operations that succeeded, n * a / 5 should. If 14 should have and none has, it is less than one right run in
// a million (e^-14). Of a system that was there nearly all the time and never even said a mismatch, 7 are enough.
bool MayBeChance(const Counts& cas, int64_t mismatches, const Counts& others) {
  constexpr int64_t kValues = 5;
  constexpr int64_t kShouldHaveSucceeded = 14;
  constexpr int64_t kNotEvenTried = 7;
  const bool mostly_there = others.ok * 10 >= others.all() * 9;
  if (mismatches == 0 && mostly_there && cas.all() >= kNotEvenTried) return false;
  return cas.all() * others.ok < kShouldHaveSucceeded * kValues * std::max<int64_t>(others.all(), 1);
}

// Kafka's operations that are expected to fail.
bool MayAlwaysFail(std::string_view f) { return f == "crash" || f == "debug-topic-partitions"; }

Anomaly NeverSucceeded(const std::string& f, const Counts& counts) {
  return {"no-success",
          Concat("no ", f, " operation succeeded: of ", counts.all(), ", ", counts.fail, " failed and ", counts.info,
                       " ended without a known outcome; see the errors of the ", f, " operations in the history"),
          Json::ObjectOf({{"f", f}, {"count", counts.all()}})};
}

Anomaly TooFewToTell(const Counts& cas, const Counts& others) {
  Anomaly anomaly = NeverSucceeded("cas", cas);
  anomaly.text = Concat("no cas operation succeeded of ", cas.all(), ", too few to tell why: run more of them ",
                        "(--time-limit, --rate). A cas fails where its key has another value, and of the other ",
                        "operations ", others.ok, " of ", others.all(), " succeeded");
  return anomaly;
}

}  // namespace

Verdict CheckStats(const History& history, const CheckOptions& options) {
  Counts all;
  int64_t mismatches = 0;
  std::map<std::string, Counts> by_f;  // sorted: the order of the result
  for (const Op& op : history.ops()) {
    if (op.process == kNemesis || op.type == OpType::kInvoke) continue;
    all.Add(op.type);
    if (SaysMismatch(op)) ++mismatches;
    by_f[std::string(op.f.text())].Add(op.type);
  }
  Verdict verdict;
  Json::Object details_by_f;
  for (const auto& [f, counts] : by_f) {
    const Counts others{all.ok - counts.ok, all.fail - counts.fail, all.info - counts.info};
    const bool chance = options.parity == Parity::kOurs && f == "cas" && MayBeChance(counts, mismatches, others);
    const Validity valid = counts.ok > 0 ? Validity::kValid : chance ? Validity::kUnknown : Validity::kInvalid;
    details_by_f.emplace_back(f, ToDetails(counts, valid));
    if (counts.ok > 0 || MayAlwaysFail(f)) continue;
    verdict.valid = Merge(verdict.valid, valid);
    verdict.anomalies.push_back(chance ? TooFewToTell(counts, others) : NeverSucceeded(f, counts));
  }
  Json::Object details = ToDetails(all, verdict.valid);
  details.emplace_back("by-f", std::move(details_by_f));
  verdict.details = std::move(details);
  return verdict;
}

}  // namespace gyre
