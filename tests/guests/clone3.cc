// clone3 through the raw system call, as a fork, with a pidfd and tids stored on both sides.
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  int pidfd = -1;
  pid_t parent_tid = 0, child_tid = 0;
  clone_args args = {};
  args.flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID;
  args.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  args.parent_tid = reinterpret_cast<std::uintptr_t>(&parent_tid);
  args.child_tid = reinterpret_cast<std::uintptr_t>(&child_tid);
  args.exit_signal = SIGCHLD;
  const Ns start = now_ns();
  const pid_t child = static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof args));
  if (child == -1 && errno == ENOSYS) {
    say("ENOSYS");
    return 0;
  }
  CHECK_GE(child, 0);
  if (child == 0) {
    CHECK_EQ(child_tid, getpid());
    SleepFor(Span(2 * kSecond));
    _exit(7);
  }
  CHECK_EQ(parent_tid, child);
  pollfd p = {pidfd, POLLIN, 0};
  CHECK_EQ(MUST(poll(&p, 1, -1)), 1);
  const Ns elapsed = CHECK_ELAPSED(start, Span(2 * kSecond));
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(WEXITSTATUS(status), 7);
  say("child %d after %lld ns", child - getpid(), static_cast<long long>(elapsed));
}
