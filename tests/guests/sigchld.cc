// SIGCHLD: its handler runs when a child ends, interrupting a sleep; ignored, children vanish by
// themselves.
#include <signal.h>
#include <sys/wait.h>

#include "guest.h"

static volatile sig_atomic_t reaped, last_pid;

int main() {
  struct sigaction action = {};
  action.sa_flags = SA_SIGINFO | SA_NOCLDSTOP;
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    last_pid = info->si_pid;
    while (waitpid(-1, nullptr, WNOHANG) > 0) reaped = reaped + 1;
  };
  MUST(sigaction(SIGCHLD, &action, nullptr));
  const Ns start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(Span(2 * kSecond));
    _exit(0);
  }
  timespec hour = {3600, 0};
  CHECK_ERRNO(nanosleep(&hour, &hour), EINTR);
  CHECK_EQ(reaped, 1);
  CHECK_EQ(last_pid, child);
  const Ns elapsed = CHECK_ELAPSED(start, Span(2 * kSecond));

  CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
  if (MUST(fork()) == 0) {
    SleepFor(Span(kSecond));
    _exit(0);
  }
  CHECK_ERRNO(wait(nullptr), ECHILD);  // waits for all of them, then says so
  CHECK_ELAPSED(start, Span(2 * kSecond) + Span(kSecond));
  say("after %lld ns", static_cast<long long>(elapsed));
}
