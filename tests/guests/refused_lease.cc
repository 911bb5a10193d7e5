// Leases of files, which the kernel would break by its own clock, and signals at changes of directories are not there:
// no open waits.
#include <fcntl.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  MUST(chdir("/tmp"));
  MUST(close(MUST(open("file", O_CREAT | O_WRONLY, 0644))));
  const int file = MUST(open("file", O_RDONLY));
  if (!Native()) {
    CHECK_ERRNO(fcntl(file, F_SETLEASE, F_RDLCK), EINVAL);
    CHECK_ERRNO(fcntl(MUST(open(".", O_RDONLY)), F_NOTIFY, DN_CREATE), EINVAL);
  }
  CHECK_EQ(MUST(fcntl(file, F_GETLEASE)), F_UNLCK);
  const pid_t child = MUST(fork());
  if (child == 0) {
    MUST(open("file", O_WRONLY));
    _exit(0);
  }
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  say("done");
}
