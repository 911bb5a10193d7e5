// A periodic timerfd: one expiration a period, and those slept through counted in one read.
#include "timerfd.h"

int main() {
  const int fd = MUST(timerfd_create(CLOCK_MONOTONIC, 0));
  const Ns period = Span(kSecond);
  const Ns start = now_ns();
  Arm(fd, Span(500 * kMilli), period);
  for (int i = 0; i < 5; ++i) {
    CHECK_EQ(Expirations(fd), 1);
    CHECK_ELAPSED(start, Span(500 * kMilli) + i * period);
  }
  SleepFor(Span(10 * kSecond));
  const std::uint64_t missed = Expirations(fd);
  if (!Native()) CHECK_EQ(missed, 10);
  CHECK_EQ(Expirations(fd), 1);
  const Ns elapsed = now_ns() - start;
  CHECK_GE(elapsed, Span(15 * kSecond));
  say("missed %llu, %lld ns", static_cast<unsigned long long>(missed),
      static_cast<long long>(elapsed));
}
