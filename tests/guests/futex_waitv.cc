// futex_waitv waits on several words at once, or is ENOSYS; which one is printed.
#include <thread>

#include "futex.h"

int main() {
  int words[3] = {0, 0, 0};
  futex_waitv waiters[3] = {};
  for (int i = 0; i < 3; ++i) {
    waiters[i].uaddr = reinterpret_cast<std::uintptr_t>(&words[i]);
    waiters[i].flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
  }
  auto wait = [&](const timespec* until) {
    return syscall(SYS_futex_waitv, waiters, 3, 0, until, CLOCK_MONOTONIC);
  };
  Ns start = now_ns();
  timespec until = ToTimespec(start + Span(3 * kSecond));
  const long result = wait(&until);
  CHECK_EQ(result, -1);
  if (errno == ENOSYS) {
    say("ENOSYS");
    return 0;
  }
  CHECK_EQ(errno, ETIMEDOUT);
  CHECK_ELAPSED(start, Span(3 * kSecond));
  start = now_ns();
  std::thread waker([&] {
    SleepFor(Span(2 * kSecond));
    CHECK_EQ(Futex(&words[1], FUTEX_WAKE_PRIVATE, 1), 1);
  });
  CHECK_EQ(wait(nullptr), 1);
  CHECK_ELAPSED(start, Span(2 * kSecond));
  waker.join();
  words[2] = 1;
  CHECK_ERRNO(wait(nullptr), EAGAIN);
  say("supported");
}
