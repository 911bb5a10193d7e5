// A set that is read once at the end, for histories from files: Jepsen's set.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// The last read must have every element whose add was acknowledged, and none that nobody asked to add. Elements are
// compared by structure. Unknown when there was no read.
// Keys: valid?, attempt-count, acknowledged-count, ok-count, ok, lost-count, lost, recovered-count, recovered,
// unexpected-count, unexpected; sets are written "#{0..3 7}", runs of integers as their ends.
Verdict CheckSet(const History& history, const CheckOptions& options);

}  // namespace gyre
