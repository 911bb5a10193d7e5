// An absolute timerfd on each clock; a time that has passed expires at once.
#include "timerfd.h"

int main() {
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME}) {
    const int fd = MUST(timerfd_create(clock, 0));
    const Ns start = now_ns();
    const Ns until = now_ns(clock) + Span(kHour);
    Arm(fd, until, 0, TFD_TIMER_ABSTIME);
    CHECK_EQ(Expirations(fd), 1);
    const Ns elapsed = CHECK_ELAPSED(start, Span(kHour));
    CHECK_GE(now_ns(clock), until);
    const Ns again = now_ns();
    Arm(fd, until, 0, TFD_TIMER_ABSTIME);
    CHECK_EQ(Expirations(fd), 1);
    if (!Native()) CHECK_ELAPSED(again, 0);
    say("clock %d: %lld ns", clock, static_cast<long long>(elapsed));
  }
}
