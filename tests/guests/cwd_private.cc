// The working directory is /tmp/gyre-node: private, empty, writable; so are /tmp, /var/tmp,
// /dev/shm but for it.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <string>

#include "guest.h"

static int Entries(const char* path) {
  DIR* directory = opendir(path);
  CHECK(directory != nullptr);
  int count = 0;
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    ++count;
    if (!Native()) say("%s holds %s", path, name.c_str());
  }
  closedir(directory);
  return count;
}

int main() {
  char path[256];
  CHECK(getcwd(path, sizeof path) != nullptr);
  if (!Native()) {
    CHECK(std::strcmp(path, "/tmp/gyre-node") == 0);
    CHECK_EQ(Entries("."), 0);
    CHECK_EQ(Entries("/var/tmp"), 0);
    CHECK_EQ(Entries("/dev/shm"), 0);
    Entries("/tmp");  // may hold what the program's arguments name
  }
  for (const std::string directory : {".", "/tmp", "/var/tmp", "/dev/shm"}) {
    if (Native() && directory != ".") continue;
    const std::string file = directory + "/written";
    const int fd = MUST(open(file.c_str(), O_CREAT | O_EXCL | O_RDWR, 0666));
    CHECK_EQ(write(fd, "x", 1), 1);
    MUST(fsync(fd));
    MUST(close(fd));
    MUST(unlink(file.c_str()));
  }
  const int memory = MUST(shm_open("/guest", O_CREAT | O_RDWR, 0600));
  MUST(ftruncate(memory, 4096));
  MUST(shm_unlink("/guest"));
  say("writable");
}
