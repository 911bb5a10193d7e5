// Transactions of appends to lists and reads of them: which isolation they had. After Kingsbury and Alvaro, "Elle:
// Inferring Isolation Anomalies from Experimental Observations" (VLDB 2021), whose results these are, key by key.
//
// Every element is appended once, so a list that was read tells the order of its appends, and with it who overwrote
// what whom had read: an edge of the dependency graph. Sound: an anomaly that is told follows from the named
// transactions. Complete as far as lists were read: the order of appends that nobody saw is not known.
#pragma once

#include "checkers/check_options.h"
#include "checkers/txn_verdict.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Operations' values are lists of ["r", key, list or null] and ["append", key, element]. Kinds: G1a, G1b, internal,
// future-read, duplicate-elements, incompatible-order, dirty-update, lost-update, those of cycle_search.h, and, ours
// only, unwritten-read: what nobody appended was read. Unknown where the history is of another kind (error says
// where), appends an element twice, or has nothing to order.
Verdict CheckListAppend(const History& history, const CheckOptions& options, const IsolationOptions& isolation);

// Under the models of `options`.
Verdict CheckListAppend(const History& history, const CheckOptions& options);

}  // namespace gyre
