// Edge-triggered and one-shot epoll report an event once; it takes another write, or a re-arming.
#include <sys/epoll.h>

#include <thread>

#include "guest.h"

int main() {
  const int epoll = MUST(epoll_create1(0));
  int ends[2];
  MUST(pipe(ends));
  epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 7}};
  MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
  MUST(write(ends[1], "a", 1));
  CHECK_EQ(epoll_wait(epoll, &event, 1, -1), 1);
  CHECK_EQ(event.data.u64, 7);

  const Ns span = Span(5 * kSecond);
  Ns start = now_ns();
  CHECK_EQ(epoll_wait(epoll, &event, 1, static_cast<int>(span / kMilli)), 0);
  CHECK_ELAPSED(start, span);
  start = now_ns();
  std::thread writer([&] {
    SleepFor(Span(2 * kSecond));
    MUST(write(ends[1], "b", 1));
  });
  CHECK_EQ(epoll_wait(epoll, &event, 1, -1), 1);
  const Ns woken = CHECK_ELAPSED(start, Span(2 * kSecond));
  writer.join();

  event.events = EPOLLIN | EPOLLONESHOT;
  MUST(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event));
  CHECK_EQ(epoll_wait(epoll, &event, 1, -1), 1);
  CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 0);
  MUST(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event));
  CHECK_EQ(epoll_wait(epoll, &event, 1, -1), 1);
  say("woken after %lld ns", static_cast<long long>(woken));
}
