// O_NONBLOCK stdin, tried again each 10 ms without any poll.
#include <fcntl.h>

#include "lines.h"

int main() {
  MUST(fcntl(0, F_SETFL, O_RDONLY | O_NONBLOCK));
  Echo echo;
  for (;;) {
    if (echo.ReadFrom(0) >= 0) continue;
    CHECK_EQ(errno, EAGAIN);
    SleepFor(Span(10 * kMilli));
  }
}
