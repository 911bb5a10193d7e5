// A child process that inherited stdin reads it; the parent waits for the child.
#include <sys/wait.h>

#include "lines.h"

int main() {
  const pid_t child = MUST(fork());
  if (child == 0) {
    Echo echo;
    for (;;) MUST(echo.ReadFrom(0));
  }
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  say("child %d done", child - getpid());
}
