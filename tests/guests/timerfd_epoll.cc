// Three timerfds in one epoll, with a time-out beside them: each is reported at its own time.
#include <sys/epoll.h>

#include <string>

#include "timerfd.h"

int main() {
  const int epoll = MUST(epoll_create1(0));
  int timers[3];
  const Ns start = now_ns();
  for (int i = 0; i < 3; ++i) {
    timers[i] = MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    Arm(timers[i], Span((3 + 2 * i) * kSecond), i == 0 ? Span(4 * kSecond) : 0);
    epoll_event event = {EPOLLIN, {.u32 = static_cast<std::uint32_t>(i)}};
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, timers[i], &event));
  }
  std::string order;
  while (order.size() < 12) {
    epoll_event event;
    const int ready =
        MUST(epoll_wait(epoll, &event, 1, static_cast<int>(Span(1500 * kMilli) / kMilli)));
    if (ready == 0) {
      order += '.';
      continue;
    }
    const int i = static_cast<int>(event.data.u32);
    CHECK_EQ(Expirations(timers[i]), 1);
    std::uint64_t none;
    CHECK_ERRNO(read(timers[i], &none, sizeof none), EAGAIN);
    order += static_cast<char>('0' + i);
    if (order.size() == 2) CHECK_ELAPSED(start, Span(3 * kSecond));
  }
  say("%s", Native() ? "" : order.c_str());
  say("done");
}
