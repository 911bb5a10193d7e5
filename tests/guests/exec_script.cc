// exec of a shell script that this guest writes: the interpreter starts, a child of it too.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  static const char kScript[] =
      "#!/bin/sh\n"
      "echo \"script $0 $1\"\n"
      "sleep 2\n"
      "test \"$(printf 'b\\na\\n' | sort | head -n 1)\" = a && exit 6\n";
  const int fd = MUST(open("script", O_CREAT | O_WRONLY | O_CLOEXEC, 0700));
  MUST(write(fd, kScript, sizeof kScript - 1));
  MUST(fchmod(fd, 0700));
  MUST(close(fd));
  const Ns start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    execl("./script", "./script", "word", static_cast<char*>(nullptr));
    _exit(127);
  }
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(WEXITSTATUS(status), 6);
  const Ns elapsed = now_ns() - start;
  CHECK_GE(elapsed, 2 * kSecond);
  if (!Native()) CHECK_LT(elapsed, 2 * kSecond + kMilli);
  MUST(unlink("script"));
  say("%lld ns", static_cast<long long>(elapsed));
}
