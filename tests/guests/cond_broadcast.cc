// Eight threads wait on a condition: signal wakes at least one, broadcast all; the order repeats.
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "guest.h"

int main() {
  std::mutex mutex;
  std::condition_variable changed;
  int tokens = 0;
  std::string woken;
  std::vector<std::thread> threads;
  for (char name = 'a'; name <= 'h'; ++name)
    threads.emplace_back([&, name] {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [&] { return tokens > 0; });
      --tokens;
      woken += name;
    });
  auto give = [&](int count) {
    SleepFor(Span(kSecond));
    std::lock_guard<std::mutex> lock(mutex);
    tokens += count;
    if (count == 1)
      changed.notify_one();
    else
      changed.notify_all();
  };
  give(1);
  give(1);
  SleepFor(Span(kSecond));
  {
    std::lock_guard<std::mutex> lock(mutex);
    CHECK_EQ(woken.size(), 2);
  }
  give(6);
  for (std::thread& t : threads) t.join();
  CHECK_EQ(woken.size(), 8);
  say("woken: %s", woken.c_str());
}
