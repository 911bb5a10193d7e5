// fcntl F_SETLKW and F_OFD_SETLKW block until another process unlocks that range.
#include <fcntl.h>
#include <sys/wait.h>

#include "guest.h"

static struct flock Range(short type) {
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_len = 10;
  return range;
}

int main() {
  for (const int command : {F_SETLKW, F_OFD_SETLKW}) {
    const int fd = MUST(open("range", O_RDWR | O_CREAT, 0600));
    int ready[2];
    MUST(pipe(ready));
    const Ns start = now_ns();
    const pid_t child = MUST(fork());
    struct flock take = Range(F_WRLCK), drop = Range(F_UNLCK);
    if (child == 0) {
      const int own = MUST(open("range", O_RDWR));
      MUST(fcntl(own, command, &take));
      MUST(write(ready[1], "x", 1));
      SleepFor(Span(2 * kSecond));
      MUST(fcntl(own, command, &drop));
      SleepFor(Span(2 * kSecond));
      _exit(0);
    }
    char byte;
    MUST(read(ready[0], &byte, 1));
    MUST(fcntl(fd, command, &take));
    say("locked after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
    CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
    MUST(close(fd));
  }
  MUST(unlink("range"));
}
