// Waiters on one word, woken one at a time: who went to sleep first wakes first.
#include <string>
#include <thread>
#include <vector>

#include "futex.h"

int main() {
  int word = 0;
  std::string woken;
  std::vector<std::thread> threads;
  for (char name = 'a'; name <= 'h'; ++name) {
    threads.emplace_back([&word, &woken, name] {
      CHECK_EQ(Futex(&word, FUTEX_WAIT_PRIVATE, 0), 0);
      woken += name;
    });
    SleepFor(Span(kSecond));
  }
  for (std::size_t i = 0; i < threads.size(); ++i) {
    CHECK_EQ(Futex(&word, FUTEX_WAKE_PRIVATE, 1), 1);
    SleepFor(Span(kSecond));
  }
  for (std::thread& t : threads) t.join();
  CHECK(woken == "abcdefgh");
  say("woken: %s", woken.c_str());
}
