// Exceptions: the operations that ended because a client threw, by class. Tells, never judges.
#pragma once

#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Keys: valid? (true), exceptions [{count, class, example}], most frequent first; absent when there are none.
Verdict CheckExceptions(const History& history);

}  // namespace gyre
