// A socket pair: blocking recv, SO_RCVTIMEO, peek, a send that fills the other side, shutdown.
#include <sys/socket.h>
#include <sys/time.h>

#include <thread>
#include <vector>

#include "guest.h"

int main() {
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  char bytes[64];
  CHECK_ERRNO(recv(ends[0], bytes, 1, MSG_DONTWAIT), EAGAIN);

  const Ns span = Span(3 * kSecond);
  const timeval limit = {span / kSecond, span % kSecond / kMicro};
  MUST(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  Ns start = now_ns();
  CHECK_ERRNO(recv(ends[0], bytes, sizeof bytes, 0), EAGAIN);
  CHECK_ERRNO(read(ends[0], bytes, sizeof bytes), EAGAIN);
  const Ns expired = CHECK_ELAPSED(start, 2 * span);
  const timeval none = {0, 0};
  MUST(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none));

  start = now_ns();
  const std::vector<char> large(1 << 20);
  std::thread sender([&] {
    SleepFor(Span(2 * kSecond));
    CHECK_EQ(send(ends[1], large.data(), large.size(), 0), large.size());
    MUST(shutdown(ends[1], SHUT_WR));
  });
  CHECK_EQ(recv(ends[0], bytes, 5, MSG_PEEK | MSG_WAITALL), 5);
  const Ns woken = CHECK_ELAPSED(start, Span(2 * kSecond));
  std::size_t total = 0;
  while (const ssize_t n = MUST(recv(ends[0], bytes, sizeof bytes, MSG_WAITALL))) total += n;
  CHECK_EQ(total, large.size());
  sender.join();
  say("expired %lld ns, woken %lld ns", static_cast<long long>(expired),
      static_cast<long long>(woken));
}
