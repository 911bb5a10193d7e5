// Ten threads add to one number under a mutex, yielding within: nothing is lost, and the order in
// which they finish repeats.
#include <sched.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "guest.h"

int main() {
  std::mutex mutex;
  int sum = 0;
  std::string finished;
  std::vector<std::thread> threads;
  for (int t = 0; t < 10; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        std::lock_guard<std::mutex> lock(mutex);
        const int before = sum;
        if (i % 10 == t) sched_yield();
        sum = before + 1;
      }
      std::lock_guard<std::mutex> lock(mutex);
      finished += static_cast<char>('0' + t);
    });
  for (std::thread& t : threads) t.join();
  CHECK_EQ(sum, 2000);
  CHECK_EQ(finished.size(), 10);
  say("sum %d, finished %s", sum, finished.c_str());
}
