// select with a timeout, then one read of one line; timeouts that expire are exact.
#include <sys/select.h>

#include "lines.h"

int main() {
  Echo echo;
  for (;;) {
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(0, &readable);
    timeval t = {0, 50'000};
    const Ns start = now_ns();
    if (MUST(select(1, &readable, nullptr, nullptr, &t)) == 1)
      echo.ReadOneLineFrom(0);
    else
      CHECK_ELAPSED(start, 50 * kMilli);
  }
}
