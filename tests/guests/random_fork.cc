// A forked child draws other bytes than its parent, from getrandom and from an inherited
// /dev/urandom.
#include <fcntl.h>
#include <sys/random.h>
#include <sys/wait.h>

#include "hex.h"

int main() {
  const int device = MUST(open("/dev/urandom", O_RDONLY));
  int ends[2];
  MUST(pipe(ends));
  const pid_t child = MUST(fork());
  unsigned char mine[32], other[32];
  CHECK_EQ(getrandom(mine, 16, 0), 16);
  CHECK_EQ(read(device, mine + 16, 16), 16);
  if (child == 0) {
    MUST(write(ends[1], mine, sizeof mine));
    _exit(0);
  }
  CHECK_EQ(read(ends[0], other, sizeof other), sizeof other);
  CHECK(std::memcmp(mine, other, 16) != 0);
  CHECK(std::memcmp(mine + 16, other + 16, 16) != 0);
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
  say("%s %s", Hex(mine, 32).c_str(), Hex(other, 32).c_str());
}
