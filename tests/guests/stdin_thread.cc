// One thread blocks on stdin while others sleep and time out beside it.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "lines.h"

int main() {
  std::atomic<int> naps{0}, timeouts{0};
  std::thread sleeper([&] {
    for (;; ++naps) SleepFor(Span(30 * kMilli));
  });
  std::thread waiter([&] {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock<std::mutex> lock(mutex);
    for (;; ++timeouts) {
      const Ns start = now_ns();
      never.wait_for(lock, std::chrono::milliseconds(70));
      if (!Native()) CHECK_ELAPSED(start, 70 * kMilli);
    }
  });
  std::thread reader([&] {
    Echo echo;
    for (;;) {
      const int before = naps;
      MUST(echo.ReadFrom(0));
      if (!Native()) say("after %d naps, %d time-outs", naps.load(), timeouts.load());
      CHECK_GE(naps.load(), before);
    }
  });
  reader.join();
}
