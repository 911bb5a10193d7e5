// clock_nanosleep on clocks that cannot sleep, and with bad times: the kernel's own errors.
#include "guest.h"

int main() {
  const timespec t = {1, 0}, bad = {0, -1};
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC_RAW, 0, &t, nullptr), EOPNOTSUPP);
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC_COARSE, 0, &t, nullptr), EOPNOTSUPP);
  CHECK_EQ(clock_nanosleep(CLOCK_REALTIME_COARSE, 0, &t, nullptr), EOPNOTSUPP);
  CHECK_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, nullptr), EINVAL);
  CHECK_EQ(clock_nanosleep(77, 0, &t, nullptr), EINVAL);
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, nullptr), EINVAL);
  say("refused");
}
