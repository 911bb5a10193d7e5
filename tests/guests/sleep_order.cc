// Sleeping threads wake in the order of their deadlines, whatever order they went to sleep in;
// equal deadlines wake in the same order in each run.
#include <string>
#include <thread>
#include <vector>

#include "guest.h"

static std::string woken;

static void SleepUntilThenLog(Ns until, char name) {
  const timespec t = ToTimespec(until);
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr), 0);
  woken += name;
}

int main() {
  const Ns start = now_ns();
  std::vector<std::thread> threads;
  for (const int seconds : {5, 1, 4, 2, 3})
    threads.emplace_back(SleepUntilThenLog, start + Span(seconds * kSecond),
                         static_cast<char>('0' + seconds));
  for (std::thread& t : threads) t.join();
  CHECK(woken == "12345");
  CHECK_ELAPSED(start, Span(5 * kSecond));
  if (!Native()) {  // natively a race
    woken.clear();
    threads.clear();
    for (char name = 'a'; name <= 'h'; ++name)
      threads.emplace_back(SleepUntilThenLog, start + 60 * kSecond, name);
    for (std::thread& t : threads) t.join();
  }
  say("woken: %s", woken.c_str());
}
