// The new program's vDSO: hidden, so that every clock read is a system call and stops.
#include <elf.h>

#include "sim/host/calls.h"

namespace gyre {

void PrepareVdso(NodeState&, Thread& thread, uint64_t entry, uint64_t) {
  const uint64_t ignore = AT_IGNORE;
  WriteValue(thread.process->pid, entry, ignore);
}

}  // namespace gyre
