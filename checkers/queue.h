// Queues, for histories from files: Jepsen's queue and total-queue.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Every dequeue must have been enqueued before, each enqueue counting once from its invocation on, whatever became of
// it. Order is not judged. Keys: valid?; error, or final-queue: what is left {value: copies}.
Verdict CheckQueue(const History& history, const CheckOptions& options);

// What goes in must come out: every acknowledged enqueue must be dequeued, and nothing that was never enqueued. An
// acknowledged drain dequeues all its elements. Copies beyond those enqueued are told, and do not count. Unknown when a
// drain crashed: what it took is not known.
// Keys: valid?, attempt-count, acknowledged-count, ok-count, unexpected-count, unexpected, duplicated-count,
// duplicated, lost-count, lost, recovered-count, recovered, each {value: copies}.
Verdict CheckTotalQueue(const History& history, const CheckOptions& options);

}  // namespace gyre
