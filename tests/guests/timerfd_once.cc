// A one-shot timerfd: a blocking read lasts until it expires; disarmed and re-armed it forgets.
#include "timerfd.h"

int main() {
  const int fd = MUST(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  for (const Ns span : {Ns{1}, 50 * kMilli, kHour}) {
    const Ns start = now_ns();
    Arm(fd, Span(span) + (Native() ? 1 : 0));
    CHECK_EQ(Expirations(fd), 1);
    say("expired after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(span))));
  }
  Arm(fd, Span(kSecond));
  Arm(fd, 0);
  const Ns start = now_ns();
  SleepFor(Span(2 * kSecond));
  Arm(fd, Span(3 * kSecond));
  CHECK_EQ(Expirations(fd), 1);
  CHECK_ELAPSED(start, Span(5 * kSecond));
}
