// SO_SNDTIMEO: a send to a full socket gives up after exactly that time.
#include <sys/socket.h>
#include <sys/time.h>

#include <vector>

#include "guest.h"

int main() {
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  const std::vector<char> bytes(4096);
  while (send(ends[1], bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
  }
  CHECK_EQ(errno, EAGAIN);
  const Ns span = Span(3 * kSecond);
  const timeval limit = {span / kSecond, span % kSecond / kMicro};
  MUST(setsockopt(ends[1], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
  const Ns start = now_ns();
  CHECK_ERRNO(send(ends[1], bytes.data(), bytes.size(), 0), EAGAIN);
  say("expired after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, span)));
}
