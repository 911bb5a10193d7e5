// Paths that a node gives to its calls: what they name, and another one in their place for the time of a call.
// One thread: the tracer.
#pragma once

#include <string>

#include "sim/host/tracee.h"

namespace gyre {

// The path as an absolute one, with ids as the node sees them; "" if it cannot be told. `dirfd` as in openat(2).
std::string AbsolutePath(const NodeState& node, const Process& process, int dirfd, const std::string& path);

// What is opened by an absolute path: `file` as ResolvePath has it (calls.h), and the name that it has in /proc or /sys
// where a link leads there; else the path itself, without "." and "..".
struct OpenedPath {
  ScopedFd file;
  std::string name;
};
OpenedPath FollowPath(const NodeState& node, const Process& process, const std::string& path, bool follow);

// Lets the call that the thread is stopped at find `other` where the argument `slot` points to its `path`. False if
// there is no place for it. Undone at the call's exit.
bool LendPath(Thread& thread, size_t slot, const std::string& path, const std::string& other);
void TakeBackPath(Thread& thread);

}  // namespace gyre
