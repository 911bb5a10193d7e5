// A signal to a process group reaches all its members, each asleep in another process.
#include <signal.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  pid_t leader = 0;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = MUST(fork());
    if (child == 0) {
      setpgid(0, leader);
      SleepFor(kHour);
      _exit(0);
    }
    if (leader == 0) leader = child;
    MUST(setpgid(child, leader));
  }
  const Ns start = now_ns();
  SleepFor(Span(2 * kSecond));
  MUST(killpg(leader, SIGTERM));
  for (int i = 0; i < 3; ++i) {
    int status;
    const pid_t child = MUST(waitpid(-leader, &status, 0));
    CHECK_EQ(WTERMSIG(status), SIGTERM);
    if (!Native()) say("child %d", child - leader);
  }
  say("%lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
}
