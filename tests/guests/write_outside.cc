// Writing outside the private directories fails; reading does not.
#include <fcntl.h>
#include <sys/stat.h>

#include "guest.h"

int main() {
  if (!Native()) {
    for (const char* path :
         {"/etc/gyre-guest", "/usr/gyre-guest", "/root/gyre-guest", "/gyre-guest"}) {
      CHECK_EQ(open(path, O_CREAT | O_WRONLY, 0600), -1);
      CHECK(errno == EROFS || errno == EACCES);
      CHECK_EQ(mkdir(path, 0700), -1);
      CHECK(errno == EROFS || errno == EACCES);
      say("%s %s", path, strerrorname_np(errno));
    }
    CHECK_EQ(open("/etc/passwd", O_WRONLY | O_APPEND), -1);
    CHECK_EQ(unlink("/etc/passwd"), -1);
    CHECK_EQ(chmod("/etc/passwd", 0600), -1);
    CHECK(errno == EROFS || errno == EPERM);
  }
  char byte;
  CHECK_EQ(read(MUST(open("/etc/passwd", O_RDONLY)), &byte, 1), 1);
  say("read");
}
