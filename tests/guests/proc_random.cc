// What /proc/sys/kernel/random tells: the boot id is one, a uuid is another each time, both repeat.
#include <fstream>

#include "hex.h"

static std::string ReadLine(const char* path) {
  std::ifstream file(path);
  std::string line;
  CHECK(static_cast<bool>(std::getline(file, line)));
  return line;
}

int main() {
  const std::string boot = ReadLine("/proc/sys/kernel/random/boot_id");
  CHECK(boot == ReadLine("/proc/sys/kernel/random/boot_id"));
  const std::string a = ReadLine("/proc/sys/kernel/random/uuid");
  const std::string b = ReadLine("/proc/sys/kernel/random/uuid");
  CHECK_EQ(a.size(), 36);
  CHECK(a != b);
  say("%s %s %s entropy %s", boot.c_str(), a.c_str(), b.c_str(),
      ReadLine("/proc/sys/kernel/random/entropy_avail").c_str());
}
