// The order in which four threads run that start together and yield: FIFO, the same each time.
#include <sched.h>

#include <string>
#include <thread>
#include <vector>

#include "guest.h"

int main() {
  char log[64] = {};
  int next = 0;
  std::vector<std::thread> threads;
  for (char name = 'a'; name <= 'd'; ++name)
    threads.emplace_back([&, name] {
      for (int i = 0; i < 8; ++i) {
        log[__atomic_fetch_add(&next, 1, __ATOMIC_SEQ_CST)] = name;
        MUST(sched_yield());
      }
    });
  for (std::thread& t : threads) t.join();
  for (char name = 'a'; name <= 'd'; ++name) CHECK_EQ(std::count(log, log + next, name), 8);
  say("%s", Native() ? "" : log);
  say("ran");
}
