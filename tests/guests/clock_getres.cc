// clock_getres: the same in each run, for each clock; an unknown clock is EINVAL.
#include "guest.h"

int main() {
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
                                CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
                                CLOCK_TAI, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID}) {
    timespec resolution;
    MUST(clock_getres(clock, &resolution));
    CHECK_GE(ToNs(resolution), 1);
    CHECK_LE(ToNs(resolution), 10 * kMilli);
    say("clock %d: %lld ns", clock, static_cast<long long>(ToNs(resolution)));
  }
  timespec ignored;
  CHECK_ERRNO(clock_getres(77, &ignored), EINVAL);
}
