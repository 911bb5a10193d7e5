// A child makes stdin O_NONBLOCK: the parent, which has never polled it, finds the same pipe and is told EAGAIN too.
#include <fcntl.h>
#include <sys/wait.h>

#include "lines.h"

int main() {
  const pid_t child = MUST(fork());
  if (child == 0) {
    MUST(fcntl(0, F_SETFL, O_RDONLY | O_NONBLOCK));
    _exit(0);
  }
  CHECK_EQ(waitpid(child, nullptr, 0), child);
  char byte;
  CHECK_ERRNO(read(0, &byte, 1), EAGAIN);
  Echo echo;
  for (;;) {
    if (echo.ReadFrom(0) >= 0) continue;
    CHECK_EQ(errno, EAGAIN);
    SleepFor(Span(10 * kMilli));
  }
}
