// Ids of processes and threads where there is no pid namespace: made up here, the same as a namespace would give, and
// translated at each call that takes or tells one. A node with a namespace (NodeState::pid_namespace) has no use for
// this. One thread: the tracer.
#pragma once

#include <signal.h>

#include <string>

#include "sim/host/calls.h"
#include "sim/host/tracee.h"

namespace gyre {

// The next id, given to a thread that was born as `real`.
int MakeId(NodeState& node, pid_t real);
// The id that stands for a real one: 1 for the stub, 0 for what is no process of the node.
int MadeId(const NodeState& node, pid_t real);
// The real id that a made one stands for: of processes long gone too; one that no process has if it was never given.
pid_t RealId(const NodeState& node, int made);

// Before a thread that stands at a call lets the kernel make it: real ids in the arguments. The call stops at its exit.
void ShowRealIds(NodeState& node, Thread& thread);
// At that exit: the arguments as they were, and made ids in what the call tells.
void HideRealIds(NodeState& node, Thread& thread);
// What a clone has written of its child's id. `arguments` are the flags and where parent and child are told.
struct BirthArguments {
  uint64_t flags = 0;
  uint64_t parent_tid = 0;
  uint64_t child_tid = 0;
};
void HideBornId(const Thread& parent, const Thread& child, const BirthArguments& arguments);
// The sender, in what a signal tells. True if anything was changed.
bool HideSender(const NodeState& node, siginfo_t* info);
// The senders, in what a read of a signalfd got.
void HideSendersRead(const NodeState& node, const Thread& thread);
// A line of ids, separated by tabs, as in /proc/self/status.
std::string MadeIdsOf(const NodeState& node, const std::string& ids);
// A path that leads to a process or thread in /proc by an id of the node's, as an absolute one with the real id; "" for
// others. `dirfd` as in openat(2).
std::string RealProcPath(const NodeState& node, const Process& process, int dirfd, const std::string& path);

// The parts of ShowRealIds and HideRealIds for ids that are not in registers. The first is false if there is nothing to
// hide at the exit; `regs` are changed, and not yet set.
bool ShowIdsInMemory(const NodeState& node, Thread& thread, user_regs_struct* regs);
void HideIdsInMemory(const NodeState& node, Thread& thread, const user_regs_struct& before, user_regs_struct* regs);

}  // namespace gyre
