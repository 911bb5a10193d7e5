// Blocked signals: ordinary ones merge, real-time ones queue in order, the lowest number comes
// first.
#include <signal.h>

#include <string>

#include "guest.h"

static char order[64];
static int length;

int main() {
  sigset_t all, pending;
  sigfillset(&all);
  struct sigaction action = {};
  action.sa_flags = SA_SIGINFO;
  action.sa_mask = all;
  action.sa_sigaction = [](int signal, siginfo_t* info, void*) {
    order[length++] = signal == SIGUSR1 ? 'u' : static_cast<char>('0' + info->si_value.sival_int);
  };
  MUST(sigaction(SIGUSR1, &action, nullptr));
  MUST(sigaction(SIGRTMIN + 1, &action, nullptr));
  MUST(sigaction(SIGRTMIN + 2, &action, nullptr));
  MUST(sigprocmask(SIG_BLOCK, &all, nullptr));
  for (int i = 0; i < 3; ++i) {
    MUST(sigqueue(getpid(), SIGRTMIN + 2, {.sival_int = i}));
    MUST(sigqueue(getpid(), SIGRTMIN + 1, {.sival_int = 5 + i}));
    MUST(kill(getpid(), SIGUSR1));
  }
  MUST(sigpending(&pending));
  CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
  CHECK_EQ(length, 0);
  MUST(sigprocmask(SIG_UNBLOCK, &all, nullptr));
  CHECK(std::string(order, length) == "u567012");
  say("%s", order);
}
