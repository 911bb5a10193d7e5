// /proc/cpuinfo, /proc/stat and /sys agree that there is one processor; its speed does not change.
#include "proc.h"

int main() {
  int in_cpuinfo = 0, in_stat = 0;
  for (const std::string& line : Lines(ReadAll("/proc/cpuinfo"))) {
    in_cpuinfo += line.rfind("processor", 0) == 0;
    if (line.rfind("cpu MHz", 0) == 0) say("%s", line.c_str());
  }
  for (const std::string& line : Lines(ReadAll("/proc/stat")))
    in_stat += line.rfind("cpu", 0) == 0 && line.rfind("cpu ", 0) != 0;
  const std::string online = ReadAll("/sys/devices/system/cpu/online");
  if (!Native()) {
    CHECK_EQ(in_cpuinfo, 1);
    CHECK_EQ(in_stat, 1);
    CHECK(online == "0\n" || online == "0");
  }
  say("%d %d %s", in_cpuinfo, in_stat, online.c_str());
}
