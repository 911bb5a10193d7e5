// timer_create with a signal: the value travels along, time is exact, gettime and overrun are
// virtual.
#include <signal.h>

#include "guest.h"

static volatile sig_atomic_t expirations, value;

int main() {
  struct sigaction action = {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    expirations = expirations + 1;
    value = info->si_value.sival_int;
  };
  MUST(sigaction(SIGRTMIN, &action, nullptr));
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGRTMIN;
  event.sigev_value.sival_int = 77;
  timer_t timer;
  MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
  const Ns start = now_ns();
  const itimerspec times = {ToTimespec(Span(2 * kSecond)), ToTimespec(Span(3 * kSecond))};
  MUST(timer_settime(timer, 0, &times, nullptr));
  itimerspec left;
  MUST(timer_gettime(timer, &left));
  CHECK_LE(ToNs(left.it_value), Span(3 * kSecond));
  CHECK_EQ(ToNs(left.it_interval), Span(2 * kSecond));
  for (int i = 0; i < 3; ++i) {
    CHECK_EQ(pause(), -1);
    CHECK_EQ(expirations, i + 1);
    CHECK_EQ(value, 77);
    CHECK_ELAPSED(start, Span((3 + 2 * i) * kSecond));
  }
  CHECK_EQ(timer_getoverrun(timer), 0);
  MUST(timer_delete(timer));
  SleepFor(Span(10 * kSecond));
  CHECK_EQ(expirations, 3);
  say("%d expirations", static_cast<int>(expirations));
}
