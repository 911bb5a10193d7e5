// Where in a program a thread is, in words: for findings.
#pragma once

#include <string>

#include "sim/host/tracee.h"

namespace gyre {

// "thread 2 (worker)": its number in the order of births, and its name.
std::string ThreadText(const Thread& thread);
// An address's module, and the nearest symbol before it if its file has one: "libc.so.6 syscall+0x1d"; "" if no file
// is mapped there.
std::string PlaceText(const Process& process, uint64_t address);
// "thread 2 (worker) in libc.so.6 syscall+0x1d, called from node main+0x52". The thread is stopped, its registers read.
std::string WhereText(const Thread& thread);

}  // namespace gyre
