// clone with CLONE_PARENT: the new process is a sibling, for which the caller's parent waits and the caller cannot.
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  const Ns start = now_ns();
  const pid_t self = getpid();
  const pid_t child = MUST(fork());
  if (child == 0) {
    const long sibling = MUST(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, 0));
    if (sibling == 0) {
      CHECK_EQ(getppid(), self);
      SleepFor(Span(2 * kSecond));
      _exit(7);
    }
    SleepFor(Span(kSecond));
    CHECK_ERRNO(waitpid(-1, nullptr, 0), ECHILD);
    _exit(3);
  }
  int status;
  CHECK_EQ(MUST(waitpid(-1, &status, 0)), child);
  CHECK_EQ(WEXITSTATUS(status), 3);
  CHECK_ELAPSED(start, Span(kSecond));
  const pid_t sibling = MUST(waitpid(-1, &status, 0));
  CHECK_EQ(WEXITSTATUS(status), 7);
  CHECK_ELAPSED(start, Span(2 * kSecond));
  CHECK_ERRNO(waitpid(-1, nullptr, 0), ECHILD);
  if (!Native()) CHECK_EQ(sibling, child + 1);
  say("both were waited for");
}
