// time: whole seconds of CLOCK_REALTIME, from the vDSO and from the system call.
#include <sys/syscall.h>

#include "guest.h"

int main() {
  time_t stored = 0;
  const time_t first = std::time(&stored);
  CHECK_EQ(first, stored);
  SleepFor(Span(3600 * kSecond));
  time_t stored_raw = 0;
  const time_t second = syscall(SYS_time, &stored_raw);
  CHECK_EQ(second, stored_raw);
  if (!Native()) {
    CHECK_EQ(first, kRealtimeStart / kSecond);
    CHECK_EQ(second - first, 3600);
  }
  char date[64];
  CHECK_GT(std::strftime(date, sizeof date, "%F %T %Z", std::localtime(&second)), 0u);
  say("%lld %lld %s", static_cast<long long>(first), static_cast<long long>(second), date);
}
