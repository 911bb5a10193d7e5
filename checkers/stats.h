// Stats: how many operations of each kind succeeded, failed, or ended unknown. A kind of operation that never
// succeeded makes the run invalid, as in Maelstrom: nothing else would notice a node that refuses everything.
//
// But a cas may fail because it asks for a value that is not there, and does so four times in five where all is right.
// Where a right system could as well have had none that succeeded, the verdict is unknown: it takes more operations to
// tell. Maelstrom says invalid.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Keys: valid?, count, ok-count, fail-count, info-count, by-f {f: the same}. Completions of clients count.
Verdict CheckStats(const History& history, const CheckOptions& options);

}  // namespace gyre
