// Conversions between a node's clocks and its own time L, in nanoseconds.
#pragma once

#include <time.h>

#include <cstdint>

#include "sim/host/tracee.h"

namespace gyre {

// What the clock shows now, and how far it is ahead of L. Ids as in clock_gettime(2).
int64_t ClockValue(const NodeState& node, int clock);
int64_t ClockOffset(const NodeState& node, int clock);
// kNever when it overflows.
int64_t FromTimespec(const timespec& time);
timespec ToTimespec(int64_t ns);
// Deadlines on L: `duration` from now, or when the clock shows `absolute`.
int64_t DeadlineAfter(const NodeState& node, int64_t duration);
int64_t DeadlineAt(const NodeState& node, int clock, int64_t absolute);

// Writes the constant struct rusage.
bool WriteUsage(const Thread& thread, uint64_t address);

}  // namespace gyre
