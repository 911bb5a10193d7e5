// /dev/urandom: each open is another stream, reads of one descriptor go on in it, stdio too.
#include <fcntl.h>

#include <set>

#include "hex.h"

int main() {
  std::set<std::string> seen;
  for (int i = 0; i < 2; ++i) {
    const int fd = MUST(open("/dev/urandom", O_RDONLY));
    for (int k = 0; k < 2; ++k) {
      unsigned char bytes[16] = {};
      CHECK_EQ(read(fd, bytes, sizeof bytes), sizeof bytes);
      CHECK(seen.insert(Hex(bytes, sizeof bytes)).second);
      say("%s", Hex(bytes, sizeof bytes).c_str());
    }
    MUST(close(fd));
  }
  std::FILE* file = std::fopen("/dev/urandom", "r");
  CHECK(file != nullptr);
  unsigned char bytes[16] = {};
  CHECK_EQ(std::fread(bytes, 1, sizeof bytes, file), sizeof bytes);
  CHECK(seen.insert(Hex(bytes, sizeof bytes)).second);
  say("%s", Hex(bytes, sizeof bytes).c_str());
}
