// epoll_pwait2: ready, expired, woken, zero and infinite timeout.
#include <sys/epoll.h>

#include "poll_rule.h"

int main() {
  CheckPollRule("epoll_pwait2", [](int fd, Ns timeout) {
    const int epoll = MUST(epoll_create1(EPOLL_CLOEXEC));
    epoll_event event = {EPOLLIN, {.fd = fd}};
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    event = {};
    const timespec t = ToTimespec(timeout);
    const int ready = epoll_pwait2(epoll, &event, 1, timeout < 0 ? nullptr : &t, nullptr);
    if (ready == 1) CHECK_EQ(event.data.fd, fd);
    MUST(close(epoll));
    return ready;
  });
}
