// poll tells what it found: writable, hang-up, error; the timeout is not awaited.
#include <poll.h>

#include "guest.h"

int main() {
  const Ns start = now_ns();
  int ends[2];
  MUST(pipe(ends));
  pollfd p[] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
  CHECK_EQ(poll(p, 2, 1'000'000), 1);
  CHECK_EQ(p[0].revents, 0);
  CHECK_EQ(p[1].revents, POLLOUT);
  MUST(close(ends[1]));
  CHECK_EQ(poll(p, 1, -1), 1);
  CHECK_EQ(p[0].revents, POLLHUP);

  MUST(pipe(ends));
  MUST(close(ends[0]));
  p[1] = {ends[1], POLLOUT, 0};
  CHECK_EQ(poll(&p[1], 1, -1), 1);
  CHECK_EQ(p[1].revents, POLLOUT | POLLERR);
  const Ns elapsed = now_ns() - start;
  CHECK_LT(elapsed, kSecond);
  say("%lld ns", static_cast<long long>(elapsed));
}
