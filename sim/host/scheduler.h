// The scheduler of one node's threads: one runs at a time, until it blocks, yields or dies.
#pragma once

#include "sim/host/tracee.h"
#include "sim/host/watchdog.h"

namespace gyre {

// Runs the node's threads until it is quiescent, dead, stuck, or its time reaches node.until. True when threads
// could still run (it was cut off).
bool RunUntilQuiescent(NodeState& node, Watchdog& watchdog);

// Takes over the program that Spawn has left at its exec.
void Adopt(NodeState& node, pid_t main);

}  // namespace gyre
