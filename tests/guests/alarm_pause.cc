// alarm, then pause; a second alarm replaces the first and tells what was left of it.
#include <signal.h>

#include "guest.h"

int main() {
  CHECK(signal(SIGALRM, [](int) {}) != SIG_ERR);
  const Ns start = now_ns();
  CHECK_EQ(alarm(3600), 0u);
  CHECK_EQ(alarm(1), 3600u);
  CHECK_ERRNO(pause(), EINTR);
  CHECK_ELAPSED(start, kSecond);
  if (!Native()) {
    CHECK_EQ(alarm(100), 0u);
    SleepFor(40 * kSecond + 300 * kMilli);
    CHECK_EQ(alarm(0), 60u);
    CHECK_EQ(alarm(7200), 0u);
    CHECK_ERRNO(pause(), EINTR);
    CHECK_ELAPSED(start, kSecond + 40 * kSecond + 300 * kMilli + 7200 * kSecond);
  }
  say("woken");
}
