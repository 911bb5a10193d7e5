// poll, then one read: the read gives one line, and poll is ready again only for the next.
#include <poll.h>

#include "lines.h"

int main() {
  Echo echo;
  for (;;) {
    pollfd p = {0, POLLIN, 0};
    CHECK_EQ(poll(&p, 1, -1), 1);
    CHECK_EQ(p.revents & POLLIN, POLLIN);
    echo.ReadOneLineFrom(0);
  }
}
