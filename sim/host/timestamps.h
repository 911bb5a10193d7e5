// RDTSC and RDTSCP as faults, by prctl(2), PR_SET_TSC: for code that comes into executable memory without a call, where
// they cannot be replaced (made_code.h). It costs a write to a control register at each switch between threads that
// fault and others, so only programs that have such memory get it. One thread: the tracer.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/host/instructions.h"
#include "sim/host/tracee.h"

namespace gyre {

// Whether the two fault for who asks for it: the processor or what it is simulated by decides. Tried once.
bool TimestampsCanFault();

// From now on they fault in each thread of the process and in those that these make. One that stands before no call
// makes none for us: Process::timestamps_missed says that one was left out.
void TrapTimestamps(NodeState& node, Process& process);

// Which of the two stands at the address, if any.
std::optional<TrapSite> TimestampAt(const Process& process, uint64_t address);

}  // namespace gyre
