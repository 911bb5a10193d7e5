// A barrier of five threads, ten rounds: each round lasts as long as its slowest, one thread is
// told.
#include <pthread.h>

#include <atomic>
#include <thread>
#include <vector>

#include "guest.h"

int main() {
  pthread_barrier_t barrier;
  CHECK_EQ(pthread_barrier_init(&barrier, nullptr, 5), 0);
  const Ns start = now_ns();
  std::atomic<int> serial{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 5; ++t)
    threads.emplace_back([&, t] {
      for (int round = 0; round < 10; ++round) {
        SleepFor(Span((t + round) % 5 * kSecond));
        const int told = pthread_barrier_wait(&barrier);
        CHECK(told == 0 || told == PTHREAD_BARRIER_SERIAL_THREAD);
        if (told != 0) ++serial;
      }
    });
  for (std::thread& t : threads) t.join();
  CHECK_EQ(serial.load(), 10);
  const Ns elapsed = now_ns() - start;
  CHECK_GE(elapsed, Span(40 * kSecond));
  if (!Native()) CHECK_LT(elapsed, 40 * kSecond + kMilli);
  say("%lld ns", static_cast<long long>(elapsed));
}
