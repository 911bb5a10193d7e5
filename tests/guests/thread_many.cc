// A hundred threads at a time, a thousand in all, each joined.
#include <atomic>
#include <thread>
#include <vector>

#include "guest.h"

int main() {
  std::atomic<long> sum{0};
  const Ns start = now_ns();
  for (int round = 0; round < 10; ++round) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 100; ++t)
      threads.emplace_back([&sum, t] {
        SleepFor(Span((100 - t) * 10 * kMilli));
        sum += t;
      });
    for (std::thread& t : threads) t.join();
  }
  CHECK_EQ(sum.load(), 10 * 4950);
  const Ns elapsed = now_ns() - start;
  CHECK_GE(elapsed, 10 * Span(kSecond));
  if (!Native()) CHECK_LT(elapsed, 10 * kSecond + kMilli);
  say("%lld ns", static_cast<long long>(elapsed));
}
