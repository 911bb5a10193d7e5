// With SA_RESTART a read and a wait for a child go on after the handler; poll never does.
#include <poll.h>
#include <sys/wait.h>

#include "interrupt.h"

int main() {
  CatchUsr1(SA_RESTART);
  int ends[2];
  MUST(pipe(ends));
  Ns start = now_ns();
  std::thread writer([&] {
    SleepFor(Span(5 * kSecond));
    MUST(write(ends[1], "x", 1));
  });
  char byte;
  InterruptAfter(Span(2 * kSecond), [&] { CHECK_EQ(read(ends[0], &byte, 1), 1); });
  const Ns read_after = CHECK_ELAPSED(start, Span(5 * kSecond));
  writer.join();

  start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(Span(4 * kSecond));
    _exit(0);
  }
  InterruptAfter(Span(2 * kSecond), [&] { CHECK_EQ(waitpid(child, nullptr, 0), child); });
  const Ns waited = CHECK_ELAPSED(start, Span(4 * kSecond));

  start = now_ns();
  InterruptAfter(Span(2 * kSecond), [] { CHECK_ERRNO(poll(nullptr, 0, -1), EINTR); });
  CHECK_ELAPSED(start, Span(2 * kSecond));
  say("read after %lld ns, child after %lld ns", static_cast<long long>(read_after),
      static_cast<long long>(waited));
}
