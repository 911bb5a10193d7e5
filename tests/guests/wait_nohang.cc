// A loop of waitpid(WNOHANG) with a sleep, and one without any, both end when the child does.
#include <sys/wait.h>

#include "guest.h"

static pid_t Child(Ns life) {
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(life);
    _exit(0);
  }
  return child;
}

int main() {
  const pid_t sleepy = Child(Span(2 * kSecond));
  int tries = 0;
  for (; waitpid(sleepy, nullptr, WNOHANG) == 0; ++tries) SleepFor(Span(100 * kMilli));
  if (!Native()) CHECK(tries == 20 || tries == 21);

  const Ns start = now_ns();
  const pid_t brief = Child(3 * kMilli);
  int spins = 0;
  while (waitpid(brief, nullptr, WNOHANG) == 0) ++spins;
  const Ns elapsed = now_ns() - start;
  CHECK_GE(elapsed, 3 * kMilli);
  say("%d tries, %d spins, %lld ns", tries, Native() ? 0 : spins, static_cast<long long>(elapsed));
}
