// setitimer(ITIMER_REAL): SIGALRM after the first time, then each interval; getitimer tells what is
// left.
#include <signal.h>
#include <sys/time.h>

#include "guest.h"

static volatile sig_atomic_t alarms;

static timeval ToTimeval(Ns ns) { return {ns / kSecond, ns % kSecond / kMicro}; }

int main() {
  CHECK(signal(SIGALRM, [](int) { alarms = alarms + 1; }) != SIG_ERR);
  const itimerval times = {ToTimeval(Span(2 * kSecond)), ToTimeval(Span(5 * kSecond))};
  const Ns start = now_ns();
  MUST(setitimer(ITIMER_REAL, &times, nullptr));
  itimerval left;
  MUST(getitimer(ITIMER_REAL, &left));
  CHECK_LE(left.it_value.tv_sec, 5);
  CHECK_EQ(left.it_interval.tv_usec, times.it_interval.tv_usec);
  for (int i = 0; i < 3; ++i) {
    CHECK_EQ(pause(), -1);
    CHECK_EQ(alarms, i + 1);
    CHECK_ELAPSED(start, Span((5 + 2 * i) * kSecond));
  }
  const itimerval never = {};
  MUST(setitimer(ITIMER_REAL, &never, &left));
  CHECK_GT(left.it_value.tv_sec * kSecond + left.it_value.tv_usec * kMicro, 0);
  SleepFor(Span(10 * kSecond));
  CHECK_EQ(alarms, 3);
  say("%d alarms, left %lld.%06lld", static_cast<int>(alarms),
      Native() ? 0LL : static_cast<long long>(left.it_value.tv_sec),
      Native() ? 0LL : static_cast<long long>(left.it_value.tv_usec));
}
