// Each poll with timeout 0 and each O_NONBLOCK read that finds nothing adds 1 us, and twice as much after each
// 64 of them in a row, up to 64 us: who asks again and again does not need to know to the microsecond.
#include <fcntl.h>
#include <poll.h>

#include "guest.h"

// What the `first`th question in vain and the 999 after it cost, and the clock read that follows.
static Ns Cost(int first) {
  Ns sum = kMicro;
  for (int i = first; i < first + 1000; ++i) sum += kMicro << std::min(i / 64, 6);
  return sum;
}

int main() {
  LeaveStartUp();
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
    CHECK_EQ(polling, Cost(1));  // LeaveStartUp asked once
    CHECK_EQ(reading, Cost(1001));
  }
  say("1000 polls %lld ns, 1000 reads %lld ns", static_cast<long long>(polling),
      static_cast<long long>(reading));
}
