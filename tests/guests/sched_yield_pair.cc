// Two threads that yield to one another until the other has done its part.
#include <sched.h>

#include <atomic>
#include <thread>

#include "guest.h"

int main() {
  std::atomic<int> turn{0};
  int yields[2] = {0, 0};
  auto play = [&](int me) {
    for (int round = 0; round < 1000; ++round) {
      while (turn.load() != me) {
        ++yields[me];
        MUST(sched_yield());
      }
      turn.store(1 - me);
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  CHECK_EQ(turn.load(), 0);
  if (Native()) yields[0] = yields[1] = 0;
  say("yields %d %d", yields[0], yields[1]);
}
