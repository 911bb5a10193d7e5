// epoll, edge-triggered with O_NONBLOCK: after an event, read until EAGAIN, or the next line is
// never told of.
#include <fcntl.h>
#include <sys/epoll.h>

#include "lines.h"

int main() {
  MUST(fcntl(0, F_SETFL, O_RDONLY | O_NONBLOCK));
  const int epoll = MUST(epoll_create1(0));
  epoll_event event = {EPOLLIN | EPOLLET, {.fd = 0}};
  MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event));
  Echo echo;
  for (;;) {
    CHECK_EQ(MUST(epoll_wait(epoll, &event, 1, -1)), 1);
    while (echo.ReadFrom(0) >= 0) {
    }
    CHECK_EQ(errno, EAGAIN);
  }
}
