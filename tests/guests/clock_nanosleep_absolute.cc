// clock_nanosleep, absolute: to a time ahead, and at once for one that has passed.
#include "guest.h"

int main() {
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI}) {
    const Ns span = Span(kHour);
    const Ns start = now_ns();
    const timespec until = ToTimespec(now_ns(clock) + span);
    CHECK_EQ(clock_nanosleep(clock, TIMER_ABSTIME, &until, nullptr), 0);
    const Ns slept = CHECK_ELAPSED(start, span);
    CHECK_GE(now_ns(clock), ToNs(until));

    const timespec past = {1, 0};
    const Ns again = now_ns();
    CHECK_EQ(clock_nanosleep(clock, TIMER_ABSTIME, &past, nullptr), 0);
    CHECK_EQ(clock_nanosleep(clock, TIMER_ABSTIME, &until, nullptr), 0);
    if (!Native()) CHECK_ELAPSED(again, 0);
    say("clock %d: %lld ns", clock, static_cast<long long>(slept));
  }
}
