// clock_gettime: each clock starts where the host says, each read after the start-up adds 1 us, and the
// vDSO and the system call are one clock.
#include <sys/syscall.h>

#include "guest.h"

struct Clock {
  clockid_t id;
  Ns start;
};

int main() {
  LeaveStartUp();
  for (const Clock clock :
       {Clock{CLOCK_REALTIME, kRealtimeStart}, Clock{CLOCK_REALTIME_COARSE, kRealtimeStart},
        Clock{CLOCK_TAI, kRealtimeStart}, Clock{CLOCK_MONOTONIC, kMonotonicStart},
        Clock{CLOCK_MONOTONIC_RAW, kMonotonicStart}, Clock{CLOCK_MONOTONIC_COARSE, kMonotonicStart},
        Clock{CLOCK_BOOTTIME, kMonotonicStart}}) {
    const Ns first = now_ns(clock.id);
    timespec raw;
    MUST(syscall(SYS_clock_gettime, clock.id, &raw));
    const Ns second = ToNs(raw);
    const Ns third = now_ns(clock.id);
    CHECK_LE(first, second);
    CHECK_LE(second, third);
    if (!Native()) {
      CHECK_EQ(second - first, kMicro);
      CHECK_EQ(third - second, kMicro);
      CHECK_GE(first, clock.start);
      CHECK_LT(first, clock.start + 60 * kSecond);
    }
    say("clock %d: %lld", clock.id, static_cast<long long>(first));
  }
  timespec ignored;
  CHECK_ERRNO(clock_gettime(77, &ignored), EINVAL);
  CHECK_ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8), EFAULT);
}
