// Anomalies of registers that need no graph: what single reads show. One thread.
#pragma once

#include "checkers/check_options.h"
#include "checkers/txn_history.h"
#include "checkers/txn_verdict.h"

namespace gyre {

// G1a, G1b, internal, and, ours only, future-read and unwritten-read.
void FindRegisterAnomalies(const TxnHistory& txns, const CheckOptions& options, TxnFindings* findings);

}  // namespace gyre
