// Writing to a pipe that nobody reads: EPIPE and SIGPIPE, also when the last reader leaves during a
// blocked write.
#include <signal.h>

#include <thread>
#include <vector>

#include "guest.h"

static volatile sig_atomic_t caught;

int main() {
  CHECK(signal(SIGPIPE, [](int) { caught = caught + 1; }) != SIG_ERR);
  int ends[2];
  MUST(pipe(ends));
  MUST(close(ends[0]));
  CHECK_ERRNO(write(ends[1], "x", 1), EPIPE);
  CHECK_EQ(caught, 1);

  MUST(pipe(ends));
  const Ns start = now_ns();
  std::thread leaver([&] {
    SleepFor(Span(2 * kSecond));
    MUST(close(ends[0]));
  });
  const std::vector<char> bytes(1 << 20);
  const ssize_t written = write(ends[1], bytes.data(), bytes.size());
  const Ns elapsed = CHECK_ELAPSED(start, Span(2 * kSecond));
  leaver.join();
  CHECK_GT(written, 0);  // what fitted counts; the signal comes all the same
  CHECK_EQ(caught, 2);
  say("wrote %zd, %lld ns", written, static_cast<long long>(elapsed));
}
