#include "checkers/availability.h"

#include <string>

#include "checkers/fraction.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kMaxDecimals = 9;

// A decimal of at most nine places as an exact ratio, or false.
bool ParseDecimal(std::string_view text, Ratio* ratio) {
  *ratio = {0, 1};
  bool digits = false;
  bool point = false;
  size_t decimals = 0;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9' || (point && ++decimals > kMaxDecimals) || ratio->num > 1'000'000'000) return false;
    digits = true;
    ratio->num = ratio->num * 10 + static_cast<uint64_t>(c - '0');
    if (point) ratio->den *= 10;
  }
  return digits;
}

bool Reached(uint64_t oks, uint64_t invokes, const Ratio& goal, Parity parity) {
  if (goal.num == 0 || invokes == 0) return true;
  if (parity == Parity::kMaelstrom) {
    const float fraction = static_cast<float>(static_cast<double>(oks) / static_cast<double>(invokes));
    return static_cast<double>(goal.num) / static_cast<double>(goal.den) <= static_cast<double>(fraction);
  }
  // A history has fewer than 2^32 entries and den is at most 10^9: neither product overflows.
  return goal.num * invokes <= oks * goal.den;
}

}  // namespace

absl::StatusOr<AvailabilityGoal> ParseAvailability(std::string_view text) {
  if (text.empty()) return AvailabilityGoal{};
  if (text == "total") return AvailabilityGoal{{1, 1}};
  AvailabilityGoal goal;
  if (!ParseDecimal(text, &goal.at_least) || goal.at_least.num > goal.at_least.den) {
    return absl::InvalidArgumentError(
        Concat("--availability is \"", text, "\", but must be \"total\" or a fraction from 0 to 1, like 0.95"));
  }
  return goal;
}

Verdict CheckAvailability(const History& history, const AvailabilityGoal& goal, Parity parity) {
  uint64_t invokes = 0;
  uint64_t oks = 0;
  for (const Op& op : history.ops()) {
    if (op.process == kNemesis) continue;
    if (op.type == OpType::kInvoke) ++invokes;
    if (op.type == OpType::kOk) ++oks;
  }
  const double fraction = invokes == 0 ? 1.0 : SinglePrecision(oks, invokes);
  Verdict verdict;
  if (!Reached(oks, invokes, goal.at_least, parity)) {
    verdict.valid = Validity::kInvalid;
    const Json needed = SinglePrecision(goal.at_least.num, goal.at_least.den);
    verdict.anomalies.push_back(
        {"availability",
         Concat("only ", oks, " of ", invokes, " operations succeeded, a fraction of ", Json(fraction).Dump(),
                      ", where --availability asks for at least ", needed.Dump()),
         Json::ObjectOf({{"ok-count", oks}, {"invoke-count", invokes}, {"at-least", needed}})});
  }
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"ok-fraction", fraction}});
  return verdict;
}

}  // namespace gyre
