// poll, select and epoll_wait with nothing to wait for are sleeps; bad descriptors are told at
// once.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "guest.h"

int main() {
  const Ns span = Span(3 * kSecond);
  Ns start = now_ns();
  CHECK_EQ(poll(nullptr, 0, static_cast<int>(span / kMilli)), 0);
  say("poll %lld ns", static_cast<long long>(CHECK_ELAPSED(start, span)));

  start = now_ns();
  timeval t = {span / kSecond, span % kSecond / kMicro};
  CHECK_EQ(select(0, nullptr, nullptr, nullptr, &t), 0);
  say("select %lld ns", static_cast<long long>(CHECK_ELAPSED(start, span)));

  start = now_ns();
  const int epoll = MUST(epoll_create1(0));
  epoll_event event;
  CHECK_EQ(epoll_wait(epoll, &event, 1, static_cast<int>(span / kMilli)), 0);
  say("epoll_wait %lld ns", static_cast<long long>(CHECK_ELAPSED(start, span)));

  pollfd p[] = {{-1, POLLIN, -1}, {999, POLLIN, 0}};
  CHECK_EQ(poll(p, 2, -1), 1);
  CHECK_EQ(p[0].revents, 0);
  CHECK_EQ(p[1].revents, POLLNVAL);
  CHECK_ERRNO(epoll_wait(999, &event, 1, -1), EBADF);
  CHECK_ERRNO(epoll_wait(epoll, &event, 0, -1), EINVAL);
}
