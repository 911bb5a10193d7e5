// /proc/meminfo: constants, and it agrees with sysinfo.
#include <sys/sysinfo.h>

#include "proc.h"

int main() {
  const std::string first = ReadAll("/proc/meminfo");
  struct sysinfo info;
  MUST(sysinfo(&info));
  const std::string total = "MemTotal:";
  CHECK_EQ(first.compare(0, total.size(), total), 0);
  CHECK_EQ(std::stoull(first.substr(total.size())), info.totalram * info.mem_unit / 1024);
  for (const std::string& line : Lines(first)) say("%s", line.c_str());
}
