// Descriptors of a node's processes, seen and used from outside. One thread: the tracer.
#pragma once

#include <poll.h>

#include <cstdint>
#include <vector>

#include "sim/host/tracee.h"

namespace gyre {

// A descriptor of the thread's process, in our hands: it shares the open file, its position, flags and locks. Invalid
// if it is not open. Where the machine denies pidfd_getfd the thread is made to send it; REQUIRES then that it stands
// before a call (Thread::at_call), else it cannot be had.
ScopedFd BorrowDescriptor(Thread& thread, int fd);
// Whether it is of an object without a path that /proc calls so: "anon_inode:inotify".
bool IsNamed(pid_t pid, int fd, const char* name);

// The file that the descriptor leads to, to look at (fstat and the like) but not to use. From any stop.
ScopedFd SeeDescriptor(const Process& process, int fd);

struct DescriptorFacts {
  bool open = false;
  bool ready = false;      // for the events asked
  short revents = 0;
  int flags = 0;           // of F_GETFL
  bool fifo = false;
  uint64_t inode = 0;
};
// Asks about a descriptor of the thread's process. REQUIRES: thread.at_call, where pidfd_getfd is denied.
DescriptorFacts Inspect(Thread& thread, int fd, short events, bool with_identity);
// The same without flags and identity: a call of ours less.
DescriptorFacts Probe(NodeState& node, Thread& thread, int fd, short events);
// Where pidfd_getfd is denied: whether nothing has happened since these questions were last asked; and asks them in one
// go, for Probe to find the answers. REQUIRES: thread.at_call there.
bool IsAnswered(const NodeState& node, const Process& process, const std::vector<pollfd>& entries);
void AskTogether(NodeState& node, Thread& thread, std::vector<pollfd> entries);
// The flags of an open descriptor (F_GETFL).
int FlagsOf(Thread& thread, int fd);
// A signalfd shows the signals of who asks: corrects `ready` to what the thread itself would see.
void AskSignalfd(const Thread& thread, int fd, DescriptorFacts* facts);
// The signals that it would see at a signalfd; none if it is something else. Bit n-1 for signal n.
uint64_t SignalsAt(const Thread& thread, int fd);
bool IsStdin(NodeState& node, Thread& thread, int fd);

}  // namespace gyre
