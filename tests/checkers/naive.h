// What the checkers compute, transcribed from their definitions without a thought for speed: the oracles that the
// checkers are compared with. Each returns the whole details of the verdict.
#pragma once

#include "checkers/availability.h"
#include "checkers/check_options.h"
#include "checkers/set_full.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

Json NaiveAvailability(const History& history, const AvailabilityGoal& goal);
Json NaiveCounter(const History& history);
Json NaiveEcho(const History& history, Parity parity);
Json NaiveExceptions(const History& history);
Json NaivePnCounter(const History& history, Parity parity);
Json NaiveSet(const History& history);
Json NaiveSetFull(const History& history, Parity parity, bool linearizable);
Json NaiveStats(const History& history);
Json NaiveTotalQueue(const History& history);
Json NaiveUniqueIds(const History& history, Parity parity);

// `details` without "error", whose words the oracles do not have.
Json WithoutError(const Json& details);

}  // namespace gyre
