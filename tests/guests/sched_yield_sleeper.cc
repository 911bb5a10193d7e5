// A thread yields until another, asleep for an hour, sets a flag: the yielders alone are quiescent,
// so time moves to the deadline.
#include <sched.h>

#include <atomic>
#include <thread>

#include "guest.h"

int main() {
  const Ns span = Span(kHour);
  const Ns start = now_ns();
  std::atomic<bool> done{false};
  std::thread sleeper([&] {
    SleepFor(span);
    done = true;
  });
  int yields = 0;
  while (!done) {
    MUST(sched_yield());
    ++yields;
  }
  const Ns elapsed = now_ns() - start;
  CHECK_GE(elapsed, span);
  if (!Native()) CHECK_LT(yields, 1'000'000);
  sleeper.join();
  say("%d yields, %lld ns", Native() ? 0 : yields, static_cast<long long>(elapsed));
}
