// The kernel clears the tid word and wakes its waiters when a thread dies: what pthread_join is,
// done by hand with clone and futex.
#include <sched.h>
#include <signal.h>

#include "futex.h"

int main() {
  static char stack[64 * 1024];
  static int tid = 0, parent_tid = 0;
  constexpr int kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                         CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
                         CLONE_CHILD_CLEARTID;
  tid = -1;
  const Ns start = now_ns();
  auto body = [](void*) {  // no libc state of its own: only system calls
    const timespec nap = ToTimespec(Native() ? 20 * kMilli : 3 * kSecond);
    syscall(SYS_nanosleep, &nap, nullptr);
    syscall(SYS_exit, 0);
    return 0;
  };
  const int made =
      MUST(clone(body, stack + sizeof stack, kFlags, nullptr, &parent_tid, nullptr, &tid));
  CHECK_EQ(parent_tid, made);
  for (int seen; (seen = __atomic_load_n(&tid, __ATOMIC_SEQ_CST)) != 0;) {
    const long result = Futex(&tid, FUTEX_WAIT, seen);
    CHECK(result == 0 || errno == EAGAIN);
  }
  const Ns elapsed = CHECK_ELAPSED(start, Native() ? 20 * kMilli : 3 * kSecond);
  CHECK_ERRNO(syscall(SYS_tgkill, getpid(), made, 0), ESRCH);
  say("thread %d died after %lld ns", made - getpid(), static_cast<long long>(elapsed));
}
