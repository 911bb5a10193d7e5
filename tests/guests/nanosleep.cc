// nanosleep: exactly as long as asked, an hour in no time, but a short sleep has the kernel's slack; nothing left over;
// bad times are EINVAL.
#include <sys/syscall.h>

#include "guest.h"

int main() {
  struct {
    Ns asked, slept;
  } const spans[] = {
      {0, 0},
      {1, 50 * kMicro + 1},
      {20 * kMicro, 70 * kMicro},
      {50 * kMicro, 100 * kMicro},
      {60 * kMicro, 100 * kMicro},
      {100 * kMicro, 100 * kMicro},
      {50 * kMilli, 50 * kMilli},
      {3 * kSecond, 3 * kSecond},
      {kHour, kHour},
  };
  for (const auto& [asked, slept] : spans) {
    const timespec t = ToTimespec(Span(asked));
    // The C library's makes the call clock_nanosleep.
    for (const bool direct : {false, true}) {
      timespec left = {7, 7};
      const Ns start = now_ns();
      MUST(direct ? static_cast<int>(syscall(SYS_nanosleep, &t, &left)) : nanosleep(&t, &left));
      const Ns elapsed = CHECK_ELAPSED(start, Span(slept));
      CHECK_EQ(left.tv_sec, 7);  // written only when interrupted
      say("slept %lld ns", static_cast<long long>(elapsed));
    }
  }
  const timespec negative = {-1, 0}, too_many = {0, 1'000'000'000};
  CHECK_ERRNO(nanosleep(&negative, nullptr), EINVAL);
  CHECK_ERRNO(nanosleep(&too_many, nullptr), EINVAL);
  CHECK_ERRNO(nanosleep(reinterpret_cast<const timespec*>(8), nullptr), EFAULT);

  const Ns start = now_ns();
  CHECK_EQ(sleep(Native() ? 0 : 7), 0u);
  MUST(usleep(1500));
  CHECK_ELAPSED(start, Native() ? 1500 * kMicro : 7 * kSecond + 1500 * kMicro);
}
