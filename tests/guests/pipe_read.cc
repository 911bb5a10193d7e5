// A blocking read of a pipe waits for another thread's write, and ends when the last writer closes.
#include <sys/uio.h>

#include <thread>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe(ends));
  const Ns start = now_ns();
  std::thread writer([&] {
    for (int i = 0; i < 3; ++i) {
      SleepFor(Span(kSecond));
      MUST(write(ends[1], "hello", 5));
    }
    SleepFor(Span(kSecond));
    MUST(close(ends[1]));
  });
  char bytes[64];
  CHECK_EQ(read(ends[0], bytes, sizeof bytes), 5);
  const Ns first = CHECK_ELAPSED(start, Span(kSecond));
  iovec parts[] = {{bytes, 2}, {bytes + 2, 60}};
  CHECK_EQ(readv(ends[0], parts, 2), 5);
  CHECK_EQ(read(ends[0], bytes, 3), 3);
  CHECK_EQ(read(ends[0], bytes, 3), 2);
  CHECK_EQ(read(ends[0], bytes, 0), 0);
  CHECK_EQ(read(ends[0], bytes, sizeof bytes), 0);
  const Ns last = CHECK_ELAPSED(start, Span(4 * kSecond));
  writer.join();
  say("first after %lld ns, end after %lld ns", static_cast<long long>(first),
      static_cast<long long>(last));
}
