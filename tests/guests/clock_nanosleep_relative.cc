// clock_nanosleep, relative, on each clock that can sleep.
#include "guest.h"

int main() {
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI}) {
    const timespec t = ToTimespec(Span(3 * kSecond));
    const Ns start = now_ns();
    CHECK_EQ(clock_nanosleep(clock, 0, &t, nullptr), 0);
    say("clock %d: %lld ns", clock,
        static_cast<long long>(CHECK_ELAPSED(start, Span(3 * kSecond))));
  }
}
