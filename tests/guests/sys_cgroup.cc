// /sys/fs/cgroup, /proc/self/cgroup and /proc/self/mountinfo, which runtimes read to size
// themselves, tell the same each run.
#include <glob.h>

#include "proc.h"

int main() {
  for (const char* path : {"/proc/self/cgroup", "/proc/self/mountinfo"})
    for (const std::string& line : Lines(ReadAll(path))) say("%s: %s", path, line.c_str());
  for (const char* pattern : {"/sys/fs/cgroup/memory*", "/sys/fs/cgroup/cpu*"}) {
    glob_t found = {};
    if (glob(pattern, 0, nullptr, &found) != 0) continue;
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      std::FILE* file = std::fopen(found.gl_pathv[i], "r");
      char line[256] = "";
      if (file != nullptr && std::fgets(line, sizeof line, file) == nullptr) line[0] = '\0';
      say("%s: %s", found.gl_pathv[i], line);
    }
  }
  say("read");
}
