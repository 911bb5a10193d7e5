// stdin under another number, the original closed: it is known by what it is, not by 0.
#include <fcntl.h>
#include <poll.h>

#include "lines.h"

int main() {
  const int copy = MUST(fcntl(0, F_DUPFD_CLOEXEC, 50));
  MUST(close(0));
  int ends[2];
  MUST(pipe(ends));  // takes number 0
  CHECK_EQ(ends[0], 0);
  Echo echo;
  for (;;) {
    pollfd p[] = {{copy, POLLIN, 0}, {ends[0], POLLIN, 0}};
    CHECK_EQ(poll(p, 2, -1), 1);
    CHECK_EQ(p[1].revents, 0);
    echo.ReadOneLineFrom(copy);
  }
}
