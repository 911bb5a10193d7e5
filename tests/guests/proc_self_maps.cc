// /proc/self/maps: the same mappings at the same addresses in each run.
#include "proc.h"

int main() {
  for (const std::string& line : Lines(ReadAll("/proc/self/maps"))) {
    std::istringstream fields(line);
    std::string range, rights, offset, device, inode, path;
    fields >> range >> rights >> offset >> device >> inode >> path;
    CHECK_EQ(rights.size(), 4);
    say("%s %s %s %s", range.c_str(), rights.c_str(), offset.c_str(), path.c_str());
  }
}
