// The acceptable values are kept as intervals. One more addition d that may have happened turns the set A into the
// union of A and A + d. Small additions soon make one interval of it; many large ones of different sizes could make
// more intervals than anybody can list, and then the verdict is unknown.
#include "checkers/pn_counter.h"

#include <algorithm>
#include <vector>

#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kMostIntervals = 1u << 20;
constexpr int64_t kMost = int64_t{1} << 61;  // two of these can be added

struct Interval {
  int64_t least, greatest;
};

// The union of two ascending lists; neighbours become one.
std::vector<Interval> Unite(const std::vector<Interval>& a, const std::vector<Interval>& b) {
  std::vector<Interval> all;
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all),
             [](const Interval& x, const Interval& y) { return x.least < y.least; });
  size_t last = 0;
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i].least <= all[last].greatest + 1) {
      all[last].greatest = std::max(all[last].greatest, all[i].greatest);
    } else {
      all[++last] = all[i];
    }
  }
  all.resize(last + 1);
  return all;
}

std::vector<Interval> Shifted(std::vector<Interval> intervals, int64_t by) {
  for (Interval& interval : intervals) {
    interval.least += by;
    interval.greatest += by;
  }
  return intervals;
}

// Adds the sums with 1 to `copies` times `delta`; false when they cannot be listed. Doubles the copies covered, so that
// n equal additions take log n steps.
bool Extend(int64_t delta, int64_t copies, std::vector<Interval>* sums) {
  if (delta == 0) return true;
  for (int64_t covered = 0; covered < copies;) {
    const int64_t more = std::min(covered + 1, copies - covered);
    int64_t by = 0;
    if (__builtin_mul_overflow(delta, more, &by) || by < -kMost || by > kMost) return false;
    *sums = Unite(*sums, Shifted(*sums, by));
    covered += more;
    const bool far = sums->front().least < -kMost || sums->back().greatest > kMost;
    if (far || sums->size() > kMostIntervals) return false;
  }
  return true;
}

bool Holds(const std::vector<Interval>& intervals, const Json& value) {
  if (!value.is_int()) return false;
  const auto after = std::upper_bound(intervals.begin(), intervals.end(), value.AsInt(),
                                      [](int64_t v, const Interval& interval) { return v < interval.least; });
  return after != intervals.begin() && value.AsInt() <= std::prev(after)->greatest;
}

struct Scan {
  std::vector<Interval> acceptable{{0, 0}};
  int64_t acknowledged = 0;
  std::vector<uint32_t> final_reads;
  std::string trouble;  // why nothing can be said
};

Scan ScanCounter(const History& history) {
  Scan scan;
  const Atom add("add"), read("read");
  std::vector<int64_t> uncertain;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.process == kNemesis) continue;
    if (op.f == read && op.type == OpType::kOk && op.final) scan.final_reads.push_back(i);
    if (op.f != add) continue;
    const bool open = op.type == OpType::kInvoke && history.pair(i) == History::kNone;
    if (op.type != OpType::kOk && op.type != OpType::kInfo && !open) continue;
    const int64_t delta = op.value.is_int() ? op.value.AsInt() : 0;
    if (!op.value.is_int() || delta > kMost || delta < -kMost) {
      scan.trouble = Concat("op ", i, " adds ", Quoted(op.value), ", which is no integer that can be counted with");
      return scan;
    }
    if (op.type == OpType::kOk) {
      scan.acknowledged += delta;
    } else {
      uncertain.push_back(delta);
    }
    if (scan.acknowledged > kMost || scan.acknowledged < -kMost) {
      scan.trouble = Concat("the sum of the additions leaves the range of 64 bits at op ", i);
      return scan;
    }
  }
  scan.acceptable = {{scan.acknowledged, scan.acknowledged}};
  // Small ones first: they fill the gaps before the large ones could multiply them.
  std::sort(uncertain.begin(), uncertain.end(), [](int64_t a, int64_t b) {
    return std::pair(std::abs(a), a) < std::pair(std::abs(b), b);
  });
  for (size_t i = 0; i < uncertain.size();) {
    size_t end = i;
    while (end < uncertain.size() && uncertain[end] == uncertain[i]) ++end;
    if (!Extend(uncertain[i], static_cast<int64_t>(end - i), &scan.acceptable)) {
      scan.trouble = "too many additions may or may not have happened for their sums to be listed";
      return scan;
    }
    i = end;
  }
  return scan;
}

std::string Show(const std::vector<Interval>& intervals) {
  std::string text;
  for (size_t i = 0; i < intervals.size() && i < 4; ++i) {
    text += Concat(i == 0 ? "" : " or ", intervals[i].least);
    if (intervals[i].least != intervals[i].greatest) text += Concat(" to ", intervals[i].greatest);
  }
  return intervals.size() > 4 ? text + " or more" : text;
}

Anomaly WrongRead(const History& history, uint32_t i, const Scan& scan, const CheckOptions& options) {
  const Op& op = history[i];
  Anomaly anomaly;
  anomaly.kind = "wrong-final-read";
  anomaly.text = Concat(Who(op, options), " read ", Quoted(op.value), " at the end (", When(history, i),
                        "), but all acknowledged additions sum up to ", scan.acknowledged);
  const bool certain = scan.acceptable.size() == 1 && scan.acceptable[0].least == scan.acceptable[0].greatest;
  anomaly.text += certain ? "." : Concat(", and with those that may have happened the counter could be ",
                                         Show(scan.acceptable), ".");
  if (op.value.is_int() && op.value.AsInt() < scan.acceptable.front().least) {
    anomaly.text += " Something was lost, or taken away twice.";
  } else if (op.value.is_int() && op.value.AsInt() > scan.acceptable.back().greatest) {
    anomaly.text += " Something was counted twice.";
  }
  anomaly.witness = Json::ObjectOf({{"read", Positions(history, i)}, {"value", op.value}});
  return anomaly;
}

}  // namespace

Verdict CheckPnCounter(const History& history, const CheckOptions& options) {
  const Scan scan = ScanCounter(history);
  Verdict verdict;
  if (!scan.trouble.empty()) {
    verdict.valid = Validity::kUnknown;
    verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"error", scan.trouble}});
    return verdict;
  }
  Json::Array errors, reads, acceptable;
  for (const uint32_t i : scan.final_reads) {
    reads.push_back(history[i].value);
    if (Holds(scan.acceptable, history[i].value)) continue;
    errors.push_back(ToJson(history[i]));
    if (errors.size() <= kMaxAnomaliesOfAKind) verdict.anomalies.push_back(WrongRead(history, i, scan, options));
  }
  for (const Interval& interval : scan.acceptable) {
    acceptable.push_back(Json::Array{interval.least, interval.greatest});
  }
  if (!errors.empty()) {
    verdict.valid = Validity::kInvalid;
  } else if (reads.empty() && options.parity == Parity::kOurs) {
    verdict.valid = Validity::kUnknown;
  }
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)},
                                    {"errors", errors.empty() ? Json() : Json(std::move(errors))},
                                    {"final-reads", std::move(reads)},
                                    {"acceptable", std::move(acceptable)}});
  if (verdict.valid == Validity::kUnknown) {
    verdict.details.Set("error", "no read succeeded at the end, so nothing was checked");
  }
  return verdict;
}

}  // namespace gyre
