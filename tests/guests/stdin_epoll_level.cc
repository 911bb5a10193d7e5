// epoll, level-triggered: ready as long as a line waits, one line a read.
#include <sys/epoll.h>

#include "lines.h"

int main() {
  const int epoll = MUST(epoll_create1(0));
  epoll_event event = {EPOLLIN, {.fd = 0}};
  MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event));
  Echo echo;
  for (;;) {
    CHECK_EQ(MUST(epoll_wait(epoll, &event, 1, -1)), 1);
    echo.ReadOneLineFrom(0);
  }
}
