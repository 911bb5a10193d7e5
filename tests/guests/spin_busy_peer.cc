// A thread that always has something to do, and does it by calls that never block, until a runnable peer sets a flag:
// what runs on several processors elsewhere must get its turn here.
//
// As an event loop that posts a task to itself until a worker is done (V8's garbage collector does).
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <atomic>
#include <thread>

#include "guest.h"

int main() {
  const int ready = MUST(eventfd(0, EFD_NONBLOCK));
  const int poller = MUST(epoll_create1(0));
  epoll_event event = {EPOLLIN, {}};
  MUST(epoll_ctl(poller, EPOLL_CTL_ADD, ready, &event));

  std::atomic<bool> done = false;
  std::thread peer([&] { done = true; });
  int rounds = 0;
  std::uint64_t count = 1;
  while (!done) {
    MUST(write(ready, &count, sizeof count));
    CHECK_EQ(MUST(epoll_wait(poller, &event, 1, -1)), 1);
    MUST(read(ready, &count, sizeof count));
    CHECK_EQ(count, 1u);
    ++rounds;
  }
  peer.join();
  say("busy rounds %d", Native() ? 0 : rounds);
}
