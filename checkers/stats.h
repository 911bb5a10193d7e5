// Stats: how many operations of each kind succeeded, failed, or ended unknown. A kind of operation that never
// succeeded makes the run invalid, as in Maelstrom: nothing else would notice a node that refuses everything.
#pragma once

#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Keys: valid?, count, ok-count, fail-count, info-count, by-f {f: the same}. Completions of clients count.
Verdict CheckStats(const History& history);

}  // namespace gyre
