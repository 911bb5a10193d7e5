// A thread that reads the clock until a runnable peer sets a flag, with a limit: reading the clock
// is not yielding, so either end is right, the same one each time.
#include <atomic>
#include <thread>

#include "guest.h"

int main() {
  std::atomic<bool> done{false};
  const Ns end = now_ns() + 10 * kMilli;
  std::thread peer([&] { done = true; });
  int reads = 0;
  while (!done && now_ns() < end) ++reads;
  say("flag %d after %d reads", done.load(), Native() ? 0 : reads);
  peer.join();
}
