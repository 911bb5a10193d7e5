// Ctrl-C: the first SIGINT, SIGTERM or SIGHUP asks the run to end and be written; the second ends gyre at once
// (nodes die with it: PTRACE_O_EXITKILL). Process-wide; install once, from the main thread.
#pragma once

namespace gyre {

void CatchInterrupts();
// Non-zero once asked to end: the flag that RunSurroundings::interrupted points to.
const volatile int* InterruptFlag();
inline bool Interrupted() { return *InterruptFlag() != 0; }

}  // namespace gyre
