// A pidfd polls as ready when its process ends, and carries a signal to it.
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(kHour);
    _exit(0);
  }
  const int fd = static_cast<int>(MUST(syscall(SYS_pidfd_open, child, 0)));
  pollfd p = {fd, POLLIN, 0};
  const Ns start = now_ns();
  CHECK_EQ(poll(&p, 1, static_cast<int>(Span(2 * kSecond) / kMilli)), 0);
  const Ns elapsed = CHECK_ELAPSED(start, Span(2 * kSecond));
  MUST(syscall(SYS_pidfd_send_signal, fd, SIGTERM, nullptr, 0));
  CHECK_EQ(MUST(poll(&p, 1, -1)), 1);
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(WTERMSIG(status), SIGTERM);
  say("%lld ns", static_cast<long long>(elapsed));
}
