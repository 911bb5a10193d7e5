// The order in which a directory lists its files repeats, with their inode numbers and cookies.
#include <dirent.h>
#include <fcntl.h>

#include <set>
#include <string>

#include "guest.h"

int main() {
  for (const char* name : {"zebra", "ant", "mole", "bee", "yak", "cat", "lynx", "dog"})
    MUST(close(MUST(open(name, O_CREAT | O_WRONLY, 0600))));
  DIR* directory = opendir(".");
  CHECK(directory != nullptr);
  std::set<std::string> names;
  while (const dirent* entry = readdir(directory)) {
    CHECK(names.insert(entry->d_name).second);
    if (std::string(entry->d_name) == "..") continue;  // its number is the machine's
    say("%s %llu type %d", entry->d_name, static_cast<unsigned long long>(entry->d_ino),
        entry->d_type);
  }
  CHECK_EQ(names.size(), 10);
}
