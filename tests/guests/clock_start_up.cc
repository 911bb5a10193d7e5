// Until the program asks for stdin a clock read adds 1 ns, so that a few reads more or less do not decide in which
// millisecond its timers begin; after 100 us of that, and from then on, 1 us.
#include "guest.h"

int main() {
  const Ns first = now_ns();
  const Ns second = now_ns();
  int reads = 2;
  while (now_ns() < kMonotonicStart + kMilli) ++reads;
  const Ns coarse = now_ns();
  if (!Native()) {
    CHECK_EQ(second - first, 1);
    CHECK_LT(first, kMonotonicStart + 10 * kMicro);
    // 100,000 fine ones less those before main, then 900 coarse ones.
    CHECK_LE(reads, 100'900);
    CHECK_GT(reads, 90'000);
    CHECK_EQ(now_ns() - coarse, kMicro);
  }
  say("%d reads", reads);
}
