// Lost updates: seen without a graph, and so also where the order of versions is not known. One thread.
#pragma once

#include "checkers/check_options.h"
#include "checkers/txn_history.h"
#include "checkers/txn_verdict.h"

namespace gyre {

// Transactions that ended as :ok, read the same version of a key first, and wrote it: one of the updates is lost. Of
// lists and registers alike.
void FindLostUpdates(const TxnHistory& txns, const CheckOptions& options, TxnFindings* findings);

}  // namespace gyre
