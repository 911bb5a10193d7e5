// Linearizability of a register whose values are all written once, in O(n log n): Gibbons and Korach, Testing shared
// memories (SIAM J. Comput. 26, 1997), section 4. Pure; any thread.
//
// The calls on one value, its write and its reads, span a zone from the earliest return to the latest invocation. If
// the first is earlier, the value must have been there all that time (a forward zone), else at some moment in between
// (a backward zone). The history is linearizable if no read returns before its write is invoked or reads what nobody
// wrote, no two forward zones overlap, and no backward zone lies within a forward one.
#pragma once

#include <vector>

#include "checkers/linear_models.h"
#include "checkers/linear_search.h"

namespace gyre {

// `accesses` by kind. Calls that never returned are writes; they count if their value was read.
// REQUIRES: no value is written twice, and the initial state is written by none.
bool ZonesAreLinearizable(const LinearProblem& problem, const std::vector<LinearModel::Access>& accesses);

}  // namespace gyre
