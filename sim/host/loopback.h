// The one network interface of a node, lo, such that what happens on it follows from the calls on its sockets alone.
//
// REQUIRES of all: a network namespace of its own. Async-signal-safe, as all that runs in a stub; on failure errno says
// why.
#pragma once

namespace gyre {

bool RaiseLoopback();

// TCP without the kernel's timers. REQUIRES: lo is up; /proc/sys can be written.
bool FreeLoopbackOfTimers();

}  // namespace gyre
