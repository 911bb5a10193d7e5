// flock blocks until another process drops its lock, or dies with it.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  const int fd = MUST(open("lock", O_RDWR | O_CREAT, 0600));
  int ready[2];
  MUST(pipe(ready));
  const Ns start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    const int own = MUST(open("lock", O_RDWR));
    MUST(flock(own, LOCK_EX));
    MUST(write(ready[1], "x", 1));
    SleepFor(Span(3 * kSecond));
    _exit(0);
  }
  char byte;
  MUST(read(ready[0], &byte, 1));
  CHECK_ERRNO(flock(fd, LOCK_EX | LOCK_NB), EAGAIN);
  MUST(flock(fd, LOCK_EX));
  const Ns elapsed = CHECK_ELAPSED(start, Span(3 * kSecond));
  MUST(flock(fd, LOCK_UN));
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
  MUST(unlink("lock"));
  say("locked after %lld ns", static_cast<long long>(elapsed));
}
