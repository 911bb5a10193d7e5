// Which thread of a node runs next, and when it is preempted: first come, first served and never, unless the run has a
// chooser.
#pragma once

#include "sim/host/tracee.h"

namespace gyre {

// Where the running thread may come to be preempted.
enum class PreemptionPoint : uint8_t { kTurn, kCall };

// At the start of each step of the node: it has some points more.
void AllowPreemption(NodeState& node);
// Brings the thread that runs next to the front of the queue.
void PickNext(NodeState& node);
// After how many instructions the running thread is to give way; 0: not at all. Threads are never preempted while no
// other one is in the queue, nor while the node has no points left.
int64_t StepsUntilPreempted(NodeState& node, PreemptionPoint point);

}  // namespace gyre
