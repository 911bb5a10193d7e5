// A process whose parent ends gets the signal that it asked for (PR_SET_PDEATHSIG), asleep as it is; its orphans are
// those of the nearest ancestor that wants them (PR_SET_CHILD_SUBREAPER), which learns of their ends.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "guest.h"

// Sleeps until it is signalled; a handled signal makes its status 7.
[[noreturn]] static void Orphan(int signal) {
  MUST(prctl(PR_SET_PDEATHSIG, signal));
  if (signal == SIGTERM) {
    struct sigaction action = {};
    action.sa_handler = [](int) { _exit(7); };
    MUST(sigaction(SIGTERM, &action, nullptr));
  }
  for (;;) SleepFor(kHour);
}

int main() {
  MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
  const Ns start = now_ns();
  const pid_t parent = MUST(fork());
  if (parent == 0) {
    for (const int signal : {SIGTERM, SIGKILL, SIGUSR1}) {
      if (MUST(fork()) == 0) Orphan(signal);
    }
    SleepFor(Span(kSecond));
    _exit(1);
  }
  int exits = 0, kills = 0, sum = 0;
  for (int i = 0; i < 4; ++i) {
    int status;
    const pid_t ended = MUST(waitpid(-1, &status, 0));
    if (WIFEXITED(status)) ++exits;
    if (WIFSIGNALED(status)) ++kills;
    sum += WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    if (!Native()) say("%d ended with %x", ended - parent, static_cast<unsigned>(status));
  }
  CHECK_EQ(exits, 2);
  CHECK_EQ(kills, 2);
  CHECK_EQ(sum, 1 + 7 + SIGKILL + SIGUSR1);
  CHECK_ERRNO(wait(nullptr), ECHILD);
  CHECK_ELAPSED(start, Span(kSecond));
  say("all ended with their parent");
}
