// The processes and threads of a node as they come and go. One thread: the tracer.
#pragma once

#include <sys/types.h>

#include "sim/host/tracee.h"

namespace gyre {

// Enters a traced, stopped thread or process. Ordinals count births; ids as the node sees them
// are read from /proc, or made up.
Thread& AddThread(NodeState& node, pid_t tid, Process* process);
Process& AddProcess(NodeState& node, pid_t pid, Process* parent);
// The thread's death was reported: it leaves all queues. Idempotent.
void MarkDead(NodeState& node, Thread& thread);
// Those that live, by the ids that the node sees; nullptr if there is none.
Process* FindProcess(const NodeState& node, int id);
Thread* FindThread(const NodeState& node, int id);
// Drops dead threads, and dead processes that nothing speaks of any more, once there are many.
void ForgetTheDead(NodeState& node);
// Kills all processes of the node and reaps them.
void KillAll(NodeState& node);

}  // namespace gyre
