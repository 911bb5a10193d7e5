// Only descriptors 0 to 2 are open; none is a terminal; the next one is 3.
#include <dirent.h>
#include <fcntl.h>

#include <set>
#include <string>

#include "guest.h"

int main() {
  if (!Native())
    for (int fd = 3; fd < 4096; ++fd) CHECK_ERRNO(fcntl(fd, F_GETFD), EBADF);
  for (int fd = 0; fd < 3; ++fd) {
    MUST(fcntl(fd, F_GETFD));
    if (!Native()) CHECK_EQ(isatty(fd), 0);
  }
  CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
  CHECK_EQ(MUST(open("/dev/null", O_RDWR)), 3);
  MUST(close(3));

  DIR* directory = opendir("/proc/self/fd");
  CHECK(directory != nullptr);
  std::set<std::string> names;
  while (const dirent* entry = readdir(directory)) names.insert(entry->d_name);
  if (!Native()) CHECK_EQ(names.size(), 6);  // ".", "..", 0 to 2, and the directory itself
  say("0 to 2");
}
