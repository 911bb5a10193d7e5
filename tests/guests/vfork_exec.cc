// vfork: the parent is held until the child execs or exits; then it waits for it.
#include <sys/wait.h>

#include "guest.h"

// The program's exit status, or 127.
static int RunByVfork(const char* program) {
  static volatile int marker;
  marker = 0;
  const pid_t child = vfork();
  if (child == 0) {
    marker = 1;
    execl(program, program, static_cast<char*>(nullptr));
    _exit(127);
  }
  CHECK_GT(child, 0);
  CHECK_EQ(marker, 1);
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

int main() {
  const int yes = RunByVfork("/bin/true"), no = RunByVfork("/bin/false");
  const int missing = RunByVfork("/no/such/program");
  CHECK_EQ(yes, 0);
  CHECK_EQ(no, 1);
  CHECK_EQ(missing, 127);
  say("%d %d %d", yes, no, missing);
}
