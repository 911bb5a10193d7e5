// Anomalies of lists that need no graph: what single reads and the order of versions show. Functions that add to
// findings; one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/check_options.h"
#include "checkers/list_versions.h"
#include "checkers/txn_history.h"
#include "checkers/txn_verdict.h"

namespace gyre {

// All of them: G1a, G1b, internal, future-read, duplicate-elements, incompatible-order, dirty-update, lost-update and
// unwritten-read.
void FindListAnomalies(const TxnHistory& txns, const ListVersions& versions, const CheckOptions& options,
                       TxnFindings* findings);

}  // namespace gyre
