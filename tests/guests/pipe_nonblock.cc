// O_NONBLOCK pipes never wait: EAGAIN when empty, what fits when full.
#include <fcntl.h>

#include <vector>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe2(ends, O_NONBLOCK));
  const Ns start = now_ns();
  std::vector<char> bytes(1 << 20);
  CHECK_ERRNO(read(ends[0], bytes.data(), 1), EAGAIN);
  const ssize_t capacity = MUST(write(ends[1], bytes.data(), bytes.size()));
  CHECK_EQ(capacity, MUST(fcntl(ends[1], F_GETPIPE_SZ)));
  CHECK_ERRNO(write(ends[1], "x", 1), EAGAIN);
  CHECK_EQ(read(ends[0], bytes.data(), bytes.size()), capacity);
  if (!Native()) CHECK_LT(now_ns() - start, kSlack);
  say("capacity %zd", capacity);
}
