// A counter read while it grows: Jepsen's counter, for histories from files.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Each read must be at least the sum of what had been acknowledged when it was invoked, and at most the sum of what had
// been asked for, and did not fail, when it completed. As Jepsen's, for additions from 0 on.
// Keys: valid?, reads [[least, value, greatest]...], errors: those that are not between.
Verdict CheckCounter(const History& history, const CheckOptions& options);

}  // namespace gyre
