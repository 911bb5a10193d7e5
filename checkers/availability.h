// Availability: the fraction of operations that succeeded, against what the user asked for.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/base/rng.h"
#include "sim/history/op.h"

namespace gyre {

struct AvailabilityGoal {
  // At least this fraction must succeed; 0 asks for nothing.
  Ratio at_least{0, 1};
};

// "" asks for nothing, "total" for everything, a decimal from 0 to 1 for that fraction.
absl::StatusOr<AvailabilityGoal> ParseAvailability(std::string_view text);

// Keys: valid?, ok-fraction. Ours compares exactly; Maelstrom's parity compares a single-precision fraction with
// the goal, so that 9 of 10 miss 0.9.
Verdict CheckAvailability(const History& history, const AvailabilityGoal& goal, Parity parity = Parity::kOurs);

}  // namespace gyre
