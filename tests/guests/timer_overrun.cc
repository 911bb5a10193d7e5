// A timer whose signal is blocked over many periods: one signal, the rest as overrun.
#include <signal.h>

#include "guest.h"

int main() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  MUST(sigprocmask(SIG_BLOCK, &set, nullptr));
  timer_t timer;
  MUST(timer_create(CLOCK_MONOTONIC, nullptr, &timer));
  const itimerspec times = {ToTimespec(Span(kSecond)), ToTimespec(Span(kSecond))};
  MUST(timer_settime(timer, 0, &times, nullptr));
  SleepFor(Span(10500 * kMilli));
  siginfo_t info;
  CHECK_EQ(sigwaitinfo(&set, &info), SIGALRM);
  if (!Native()) {
    CHECK_EQ(info.si_overrun, 9);
    CHECK_EQ(timer_getoverrun(timer), 9);
  }
  const Ns start = now_ns();
  CHECK_EQ(sigwaitinfo(&set, &info), SIGALRM);
  if (!Native()) CHECK_EQ(info.si_overrun, 0);
  if (!Native()) CHECK_LE(now_ns() - start, 500 * kMilli + kSlack);
  say("overrun %d", Native() ? 0 : info.si_overrun);
}
