// Paths that a node gives to its calls: what they name, and another one in their place for the time of a call.
// One thread: the tracer.
#pragma once

#include <string>

#include "sim/host/tracee.h"

namespace gyre {

// The path as an absolute one, with ids as the node sees them; "" if it cannot be told. `dirfd` as in openat(2).
std::string AbsolutePath(const NodeState& node, const Process& process, int dirfd, const std::string& path);

// What `path` names for the process, as a descriptor of ours (O_PATH); invalid if it cannot be told from outside
// (no such file, or a way through /proc). `dirfd` as in openat(2).
ScopedFd ResolvePath(const NodeState& node, const Process& process, int dirfd, const std::string& path, bool follow);

// What is opened by an absolute path: `file` as ResolvePath has it, and the name that it has in /proc or /sys
// where a link leads there; else the path itself, without "." and "..".
struct OpenedPath {
  ScopedFd file;
  std::string name;
};
OpenedPath FollowPath(const NodeState& node, const Process& process, const std::string& path, bool follow);

// The name in /proc of a file, by one that it has there, with the ids that the node sees: what /proc/self and its kin
// lead to for the thread. `follow`: these themselves, too. "" if the name is none of /proc.
std::string NameInProc(const NodeState& node, const Thread& thread, const std::string& name, bool follow);

// The path of what a descriptor of ours leads to, as the kernel tells it; "" if that is too long.
std::string PathOfDescriptor(int file);

// Puts the bytes below the thread's stack for the call that it is stopped at. Where they are, 0 if there is no place.
// TakeBack at the call's exit.
uint64_t LendBelowStack(Thread& thread, const void* bytes, size_t size);
// Where the thread finds `other` during the call that it is stopped at: over the `path` that is at `address`, or below
// its stack if that is too short. 0 if there is no place for it. TakeBack at the call's exit.
uint64_t LendPath(Thread& thread, uint64_t address, const std::string& path, const std::string& other);
// What was there before, if anything is lent.
void TakeBack(Thread& thread);

}  // namespace gyre
