// Code that a program makes while it runs: memory without a file, files in memory, and pages of a mapped file that the
// process has changed. One thread: the tracer.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/host/instructions.h"
#include "sim/host/tracee.h"

namespace gyre {

// Searches what the range, a part of the executable mapping, holds that no file is known to hold, and marks the
// trapped instructions in it.
void MarkMemory(NodeState& node, Process& process, const Mapping& mapping, uint64_t start, uint64_t end);

// The instruction whose mark stands at the address.
std::optional<TrapSite> MarkedSite(const Process& process, uint64_t address);

// Whether the code in the mapping can change without a system call.
bool ChangesUnseen(const Mapping& mapping);

// Before the memory of a process goes: if its code could change unseen, looks for instructions that nobody marked.
// They may have told of the machine, so the run is leaky then.
void SearchBeforeEnd(NodeState& node, Process& process);

}  // namespace gyre
