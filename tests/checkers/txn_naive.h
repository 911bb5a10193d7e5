// Isolation of transactions by trying every order: the oracle of transactions_test.cc. For small histories only.
#pragma once

#include <string>

#include "sim/history/op.h"

namespace gyre {

// Whether there is an execution of the model of that name that shows what the clients saw. Transactions that ended as
// info, or not at all, may have happened or not. Models: serializable, strong-session-serializable,
// strict-serializable: one transaction after the other, in the order of processes or of real time;
// snapshot-isolation, strong-session-snapshot-isolation, strong-snapshot-isolation: each on a snapshot of when it
// began, and of two that write the same key one begins after the other has committed.
bool NaivelyAllowed(const History& history, const std::string& model);

}  // namespace gyre
