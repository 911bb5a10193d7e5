// Counters whose reads at the end must be exact: g-counter and pn-counter.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Acceptable at the end is the sum of all acknowledged additions, with or without each that may have happened; those
// that failed did not. Only reads of the final phase are judged. Without any: unknown (ours only).
// Keys: valid?, errors [op...] or nil, final-reads [value...], acceptable [[least, greatest]...], closed and ascending.
Verdict CheckPnCounter(const History& history, const CheckOptions& options);

}  // namespace gyre
