// waitid by pid, by group and by pidfd: blocks, tells how the child ended, WNOWAIT leaves it.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "guest.h"

static pid_t Child(bool by_signal) {
  const pid_t child = MUST(fork());
  if (child != 0) return child;
  SleepFor(Span(2 * kSecond));
  if (by_signal) kill(getpid(), SIGKILL);
  _exit(5);
}

int main() {
  siginfo_t info;
  Ns start = now_ns();
  pid_t child = Child(false);
  MUST(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
  const Ns elapsed = CHECK_ELAPSED(start, Span(2 * kSecond));
  MUST(waitid(P_PGID, getpgrp(), &info, WEXITED));
  CHECK_EQ(info.si_pid, child);
  CHECK_EQ(info.si_code, CLD_EXITED);
  CHECK_EQ(info.si_status, 5);

  start = now_ns();
  child = Child(true);
  const int pidfd = static_cast<int>(MUST(syscall(SYS_pidfd_open, child, 0)));
  info.si_pid = 77;
  MUST(waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG));
  CHECK_EQ(info.si_pid, 0);
  MUST(waitid(P_PIDFD, pidfd, &info, WEXITED));
  CHECK_ELAPSED(start, Span(2 * kSecond));
  CHECK_EQ(info.si_code, CLD_KILLED);
  CHECK_EQ(info.si_status, SIGKILL);
  CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
  say("after %lld ns", static_cast<long long>(elapsed));
}
