// Each poll with timeout 0 and each O_NONBLOCK read that finds nothing adds 1 us.
#include <fcntl.h>
#include <poll.h>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe2(ends, O_NONBLOCK));
  pollfd p = {ends[0], POLLIN, 0};
  Ns start = now_ns();
  for (int i = 0; i < 1000; ++i) CHECK_EQ(poll(&p, 1, 0), 0);
  const Ns polling = now_ns() - start;
  start = now_ns();
  char byte;
  for (int i = 0; i < 1000; ++i) CHECK_ERRNO(read(ends[0], &byte, 1), EAGAIN);
  const Ns reading = now_ns() - start;
  if (!Native()) {
    CHECK_EQ(polling, 1001 * kMicro);
    CHECK_EQ(reading, 1001 * kMicro);
  }
  say("1000 polls %lld ns, 1000 reads %lld ns", static_cast<long long>(polling),
      static_cast<long long>(reading));
}
