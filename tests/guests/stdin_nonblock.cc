// O_NONBLOCK stdin: EAGAIN when empty, then poll; each read gives at most one line.
#include <fcntl.h>
#include <poll.h>

#include "lines.h"

int main() {
  MUST(fcntl(0, F_SETFL, O_RDONLY | O_NONBLOCK));
  CHECK_EQ(MUST(fcntl(0, F_GETFL)) & O_NONBLOCK, O_NONBLOCK);
  Echo echo;
  for (;;) {
    while (echo.ReadFrom(0) >= 0) {
    }
    CHECK_EQ(errno, EAGAIN);
    pollfd p = {0, POLLIN, 0};
    CHECK_EQ(poll(&p, 1, -1), 1);
  }
}
