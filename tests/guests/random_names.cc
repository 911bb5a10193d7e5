// /dev/urandom by other names: the seed's bytes too.
#include <fcntl.h>

#include <string>

#include "guest.h"
#include "hex.h"

static void Draw(int directory, const char* path) {
  unsigned char bytes[8] = {};
  const int fd = MUST(openat(directory, path, O_RDONLY));
  CHECK_EQ(read(fd, bytes, sizeof bytes), 8);
  MUST(close(fd));
  say("%s %s", path, Hex(bytes, sizeof bytes).c_str());
}

int main() {
  MUST(symlink("/dev/urandom", "chance"));
  Draw(AT_FDCWD, "/dev/../dev//urandom");
  Draw(AT_FDCWD, "chance");
  Draw(MUST(open("/dev", O_RDONLY | O_DIRECTORY)), "random");
}
