// A system call in words, as strace prints it: openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <optional>
#include <string>

namespace gyre {

// The call with its arguments. Memory of `pid` is read for strings and structures; what the call writes is shown if it
// has a `result`, else where it goes. The process is stopped.
std::string CallText(pid_t pid, const user_regs_struct& regs, std::optional<int64_t> result);
// "3", "0x7ffff7fc1000", "-1 ENOENT (No such file or directory)".
std::string ResultText(const user_regs_struct& regs, int64_t result);
// "SIGCHLD"; "40" of one without a name.
std::string SignalName(int signal);
// "futex"; "call 499" of one that the table does not have.
std::string CallName(uint64_t nr);

}  // namespace gyre
