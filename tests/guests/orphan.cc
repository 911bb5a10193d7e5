// A grandchild outlives its parent, is adopted, and ends by itself; a daemon in its own session
// too.
#include <sys/wait.h>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe(ends));
  const pid_t child = MUST(fork());
  if (child == 0) {
    if (MUST(fork()) == 0) {
      SleepFor(Span(3 * kSecond));
      CHECK_NE(getppid(), 0);
      MUST(setsid());
      CHECK_EQ(getsid(0), getpid());
      MUST(write(ends[1], "x", 1));
    }
    _exit(0);
  }
  int status;
  const Ns start = now_ns();
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  CHECK_LT(now_ns() - start, Span(3 * kSecond));
  CHECK_ERRNO(wait(nullptr), ECHILD);
  MUST(close(ends[1]));
  char byte;
  CHECK_EQ(read(ends[0], &byte, 1), 1);
  CHECK_EQ(read(ends[0], &byte, 1), 0);
  say("the orphan wrote");
}
