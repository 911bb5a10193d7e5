// epoll_pwait: ready, expired, woken, zero and infinite timeout.
#include <sys/epoll.h>

#include "poll_rule.h"

static int Milliseconds(Ns timeout) {
  return timeout < 0 ? -1 : static_cast<int>(timeout / kMilli);
}

int main() {
  CheckPollRule("epoll_pwait", [](int fd, Ns timeout) {
    const int epoll = MUST(epoll_create1(EPOLL_CLOEXEC));
    epoll_event event = {EPOLLIN, {.fd = fd}};
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    event = {};
    const int ready = epoll_pwait(epoll, &event, 1, Milliseconds(timeout), nullptr);
    if (ready == 1) CHECK_EQ(event.data.fd, fd);
    MUST(close(epoll));
    return ready;
  });
}
