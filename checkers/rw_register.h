// Transactions of reads and writes of registers: which isolation they had. After Elle (list_append.h); every value is
// written to a key once, so a read tells whose write it saw. The order of a key's versions is known in parts only:
// from the initial null, and from what the options say of keys (register_versions.h).
//
// Sound: an anomaly that is told follows from the named transactions and those assumptions. Complete for read
// committed, read atomic and causal consistency (weak_isolation.h), which need no order of versions. Not complete for
// stronger models, though more of that order is inferred than is known at first (register_saturation.h).
#pragma once

#include "checkers/check_options.h"
#include "checkers/txn_verdict.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Operations' values are lists of ["r", key, value or null] and ["w", key, value]. Kinds: G1a, G1b, internal,
// lost-update, cyclic-versions, those of cycle_search.h, and, ours only, future-read, unwritten-read and those of
// weak_isolation.h and register_saturation.h (with sessions in all models these two's always). Unknown where the
// history is of another kind (error says where), a value that was read was written twice, or there is nothing to order.
Verdict CheckRwRegister(const History& history, const CheckOptions& options, const IsolationOptions& isolation);

// The workload: under the models of `options`, writes follow reads.
Verdict CheckRwRegister(const History& history, const CheckOptions& options);

}  // namespace gyre
