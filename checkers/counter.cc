#include "checkers/counter.h"

#include "absl/container/flat_hash_map.h"
#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

bool Failed(const History& history, uint32_t i) {
  if (history[i].type == OpType::kFail) return true;
  return history.pair(i) != History::kNone && history[history.pair(i)].type == OpType::kFail;
}

Verdict BeyondRange(uint32_t position) {
  Verdict verdict;
  verdict.valid = Validity::kUnknown;
  verdict.details = Json::ObjectOf(
      {{"valid?", ToJson(verdict.valid)},
       {"error", Concat("the sum of the additions leaves the range of 64 bits at op ", position)}});
  return verdict;
}

}  // namespace

Verdict CheckCounter(const History& history, const CheckOptions& options) {
  const Atom add("add"), read("read");
  int64_t least = 0, greatest = 0;
  absl::flat_hash_map<uint32_t, int64_t> least_when_invoked;  // by position of the invocation; looked up only
  Verdict verdict;
  Json::Array reads, errors;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.process == kNemesis || Failed(history, i)) continue;
    const bool invokes = op.type == OpType::kInvoke;
    if (op.f == add && (invokes || op.type == OpType::kOk)) {
      int64_t& sum = invokes ? greatest : least;
      if (op.value.is_int() && __builtin_add_overflow(sum, op.value.AsInt(), &sum)) return BeyondRange(i);
    } else if (op.f == read && invokes) {
      least_when_invoked[i] = least;
    } else if (op.f == read && op.type == OpType::kOk) {
      // A completion without an invocation may have been asked for at any time.
      const auto invoked = least_when_invoked.find(history.pair(i));
      const int64_t from = invoked == least_when_invoked.end() ? 0 : invoked->second;
      Json triple = Json::Array{from, op.value, greatest};
      const bool right = op.value.is_int() && from <= op.value.AsInt() && op.value.AsInt() <= greatest;
      if (!right) {
        errors.push_back(triple);
        if (errors.size() <= kMaxAnomaliesOfAKind) {
          verdict.anomalies.push_back(
              {"wrong-read",
               Concat(Who(op, options), " read ", Quoted(op.value), " (", When(history, i), "), but ", from,
                      " had been acknowledged when it asked, and no more than ", greatest,
                      " had been asked for when it was answered."),
               Json::ObjectOf({{"read", Positions(history, i)}, {"value", op.value}})});
        }
      }
      reads.push_back(std::move(triple));
    }
  }
  verdict.valid = errors.empty() ? Validity::kValid : Validity::kInvalid;
  verdict.details = Json::ObjectOf(
      {{"valid?", ToJson(verdict.valid)}, {"reads", std::move(reads)}, {"errors", std::move(errors)}});
  return verdict;
}

}  // namespace gyre
