// Whether an order of commits exists that makes a history of registers read committed, read atomic or causal,
// whatever the order of its versions: complete for each, from unique writes alone. After Biswas and Enea, "On the
// Complexity of Checking Transactional Consistency" (OOPSLA 2019), and Møldrup and Pavlogiannis, "AWDIT: An Optimal
// Weak Database Isolation Tester" (PLDI 2025). The essay is in weak_isolation.cc. One thread.
#pragma once

#include "checkers/register_accesses.h"
#include "checkers/txn_cycles.h"
#include "checkers/txn_history.h"
#include "checkers/txn_verdict.h"

namespace gyre {

// Adds an anomaly of the kind read-committed-cycle, read-atomic-cycle or causal-cycle if there is no such order: of
// the weakest of the three only, as it leaves no room for the others. With -process if there is one that does not
// respect the order of processes. What rules out no model that is not ruled out already is left out.
void FindWeakIsolationAnomalies(const TxnHistory& txns, const RegisterAccesses& accesses,
                                const CyclesOptions& cycles, Sessions sessions, TxnFindings* findings);

}  // namespace gyre
