// splice and tee from an empty pipe block until there is something to move.
#include <fcntl.h>

#include <thread>

#include "guest.h"

int main() {
  int from[2], to[2];
  MUST(pipe(from));
  MUST(pipe(to));
  const Ns start = now_ns();
  std::thread writer([&] {
    for (int i = 0; i < 2; ++i) {
      SleepFor(Span(kSecond));
      MUST(write(from[1], "abc", 3));
    }
  });
  CHECK_EQ(splice(from[0], nullptr, to[1], nullptr, 100, 0), 3);
  CHECK_ELAPSED(start, Span(kSecond));
  CHECK_EQ(tee(from[0], to[1], 100, 0), 3);
  const Ns elapsed = CHECK_ELAPSED(start, Span(2 * kSecond));
  char bytes[8];
  CHECK_EQ(read(to[0], bytes, sizeof bytes), 6);
  CHECK_EQ(splice(from[0], nullptr, to[1], nullptr, 100, SPLICE_F_NONBLOCK), 3);
  CHECK_ERRNO(splice(from[0], nullptr, to[1], nullptr, 100, SPLICE_F_NONBLOCK), EAGAIN);
  writer.join();
  say("moved after %lld ns", static_cast<long long>(elapsed));
}
