// RDTSC and RDTSCP as faults, by prctl(2), PR_SET_TSC: for code that comes into executable memory without a call, where
// they cannot be replaced (made_code.h). It costs a write to a control register at each switch between threads that
// fault and others, so only programs that have such memory get it. One thread: the tracer.
#pragma once

#include <sys/user.h>

#include "sim/host/tracee.h"

namespace gyre {

// Whether the two fault for who asks for it: the processor or what it is simulated by decides. Tried once.
bool TimestampsCanFault();

// From now on they fault in each thread of the process and in those that these make. Process::timestamps_fault says
// whether no thread was left out: one that stands before no call makes none for us.
void TrapTimestamps(NodeState& node, Process& process);

// A read of the node's counter: one of 2 GHz that started with the monotonic clock.
void StoreTimestamp(NodeState& node, user_regs_struct* regs);

// At a SIGSEGV stop: emulates the instruction if it is one of the two; false if it is not.
bool EmulateTimestamp(NodeState& node, Thread& thread);

}  // namespace gyre
