// stdout under other numbers, in this process and in a child: all of it is the node's output, in
// order; what goes to number 1 when that is a pipe is not.
#include <fcntl.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "guest.h"

static void Put(int fd, const char* text) {
  CHECK_EQ(write(fd, text, std::strlen(text)), std::strlen(text));
}

int main() {
  say("first");
  const int copy = MUST(fcntl(1, F_DUPFD, 30));
  Put(copy, "second, by number 30\n");
  int ends[2];
  MUST(pipe(ends));
  MUST(dup2(ends[1], 1));
  say("not output");
  char bytes[64];
  CHECK_EQ(read(ends[0], bytes, sizeof bytes), 11);
  const pid_t child = MUST(fork());
  if (child == 0) {
    Put(1, "not output\n");
    MUST(dup2(copy, 1));
    Put(1, "third, by a child\n");
    _exit(0);
  }
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  MUST(dup2(copy, 1));
  iovec parts[] = {{const_cast<char*>("fourth, "), 8}, {const_cast<char*>("by writev\n"), 10}};
  CHECK_EQ(writev(1, parts, 2), 18);
  Put(1, "fifth, in ");
  Put(copy, "two writes\n");
}
