#include "sim/host/injected_call.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>

#include "sim/base/check.h"
#include "sim/host/calls.h"

namespace gyre {
namespace {

// False if the thread has died.
bool WaitForStop(pid_t tid) {
  int status = 0;
  while (waitpid(tid, &status, __WALL) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFSTOPPED(status);
}

// No signal may be delivered between our call and the thread's own.
class SignalsBlocked {
 public:
  explicit SignalsBlocked(pid_t tid) : tid_(tid) {
    const uint64_t all = ~uint64_t{0};
    known_ = ptrace(PTRACE_GETSIGMASK, tid_, sizeof before_, &before_) == 0;
    if (known_) ptrace(PTRACE_SETSIGMASK, tid_, sizeof all, &all);
  }
  ~SignalsBlocked() {
    if (known_) ptrace(PTRACE_SETSIGMASK, tid_, sizeof before_, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  const pid_t tid_;
  uint64_t before_ = 0;
  bool known_ = false;
};

}  // namespace

int64_t InjectCall(Thread& thread, uint64_t nr, std::initializer_list<uint64_t> args) {
  CHECK(thread.at_call);
  const SignalsBlocked blocked(thread.tid);
  user_regs_struct regs = thread.regs;
  size_t slot = 0;
  for (const uint64_t arg : args) *ArgumentSlot(&regs, slot++) = arg;
  regs.orig_rax = nr;
  int64_t result = -EIO;
  // The seccomp stop comes before the call: what is in orig_rax now is what the kernel makes. It stops at the exit.
  if (SetRegisters(thread.tid, regs) && ptrace(PTRACE_SYSCALL, thread.tid, nullptr, nullptr) == 0) {
    if (!WaitForStop(thread.tid) || !GetRegisters(thread.tid, &regs)) return -ESRCH;
    result = static_cast<int64_t>(regs.rax);
  }
  // Back to the instruction before: the thread comes to its own call once more, and the filter stops it there.
  user_regs_struct again = thread.regs;
  again.rip -= 2;
  again.rax = thread.regs.orig_rax;
  again.orig_rax = static_cast<uint64_t>(-1);
  if (SetRegisters(thread.tid, again) && ptrace(PTRACE_CONT, thread.tid, nullptr, nullptr) == 0) {
    if (!WaitForStop(thread.tid)) return -ESRCH;
  }
  return result;
}

BorrowedMemory::BorrowedMemory(const Thread& thread, size_t size) : pid_(thread.process->pid), before_(size, '\0') {
  // At the top of the stack, in use but for us; where that is the end of a mapping, below it.
  constexpr uint64_t kRedZone = 128;
  const uint64_t top = thread.regs.rsp;
  for (const uint64_t place : {(top + 15) & ~uint64_t{15}, (top - kRedZone - size) & ~uint64_t{15}}) {
    if (!ReadMemory(pid_, place, before_.data(), size) || !WriteMemory(pid_, place, before_.data(), size)) continue;
    address_ = place;
    return;
  }
}

BorrowedMemory::~BorrowedMemory() {
  if (address_ != 0) WriteMemory(pid_, address_, before_.data(), before_.size());
}

}  // namespace gyre
