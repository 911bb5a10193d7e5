// Unique ids: no id may be given twice.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Ids are any JSON and are compared by structure, so that ids of mixed types are judged too; the reference
// implementation may give up on them. Without any ok: unknown (ours only).
// Keys: valid?, attempted-count, acknowledged-count, duplicated-count, duplicated {id: count} (the 48 most
// frequent), range [least, greatest].
Verdict CheckUniqueIds(const History& history, const CheckOptions& options);

}  // namespace gyre
