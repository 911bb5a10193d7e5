// The umask is 022, and files are made by it.
#include <fcntl.h>
#include <sys/stat.h>

#include "guest.h"

int main() {
  const mode_t mask = umask(0);
  umask(mask);
  CHECK_EQ(mask, 022);
  const int fd = MUST(open("file", O_CREAT | O_WRONLY, 0666));
  struct stat status;
  MUST(fstat(fd, &status));
  CHECK_EQ(status.st_mode, S_IFREG | 0644);
  MUST(unlink("file"));
  say("%03o", mask);
}
