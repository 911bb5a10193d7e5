// At the start every signal has its default disposition, none is blocked, none pends.
#include <signal.h>

#include "guest.h"

int main() {
  for (int signal = 1; signal < 65; ++signal) {
    struct sigaction action;
    if (signal == 32 || signal == 33) continue;  // libc's own
    MUST(sigaction(signal, nullptr, &action));
    CHECK(action.sa_handler == SIG_DFL || Native());
  }
  sigset_t set;
  MUST(sigprocmask(SIG_BLOCK, nullptr, &set));
  CHECK(sigisemptyset(&set) || Native());
  MUST(sigpending(&set));
  CHECK(sigisemptyset(&set));
  say("default");
}
