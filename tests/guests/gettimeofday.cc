// gettimeofday: CLOCK_REALTIME in microseconds, a microsecond more each time; the zone is UTC.
#include <sys/syscall.h>
#include <sys/time.h>

#include "guest.h"

int main() {
  LeaveStartUp();
  timeval a, b;
  struct timezone zone = {99, 99};
  MUST(gettimeofday(&a, nullptr));
  MUST(syscall(SYS_gettimeofday, &b, &zone));
  CHECK_EQ(zone.tz_minuteswest, 0);
  const Ns first = a.tv_sec * kSecond + a.tv_usec * kMicro;
  const Ns second = b.tv_sec * kSecond + b.tv_usec * kMicro;
  CHECK_GE(second, first);
  if (!Native()) {
    CHECK_EQ(second - first, kMicro);
    CHECK(first >= kRealtimeStart && first < kRealtimeStart + kSecond);
  }
  CHECK_EQ(syscall(SYS_gettimeofday, nullptr, nullptr), 0);
  say("%lld %lld", static_cast<long long>(first), static_cast<long long>(second));
}
