// Whether transactions over registers can be put into one order, each reading what the one before it in that order
// wrote last, as far as that follows from what is known of some of them: beyond the order of versions that
// register_versions.h knows. Sound; not complete, as the question is NP-hard. The essay is in register_saturation.cc.
// One thread.
#pragma once

#include "absl/functional/function_ref.h"
#include "checkers/register_accesses.h"
#include "checkers/txn_cycles.h"
#include "checkers/txn_graph.h"
#include "checkers/txn_history.h"
#include "checkers/txn_verdict.h"

namespace gyre {

// Whether nothing contradicts such an order that respects `order` as well, which `graph` has beside the dependencies
// that are known; what follows is added to it. A history without other anomalies is causally consistent then, too.
// False as well where `order` is none, or it would take more room than there is.
bool MayBeOrdered(const TxnHistory& txns, const RegisterAccesses& accesses, ClientOrder order, TxnGraph* graph);

// Adds an anomaly of the kind serializable-cycle if no such order is left; with -process or -realtime if none is that
// respects those. Looks for it only if the models of `isolation` forbid it and it would rule out more than `findings`
// do. `make_graph` makes the dependencies that are known, and `reasons` explains them.
void FindSaturatedCycles(const TxnHistory& txns, const RegisterAccesses& accesses, const CyclesOptions& cycles,
                         const IsolationOptions& isolation, absl::FunctionRef<TxnGraph()> make_graph,
                         DataReasons reasons, TxnFindings* findings);

}  // namespace gyre
