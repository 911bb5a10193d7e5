// The private directory holds 256 MiB, then ENOSPC; what is removed can be written again.
#include <fcntl.h>

#include <vector>

#include "guest.h"

int main() {
  if (Native()) {
    say("nothing to check natively");
    return 0;
  }
  const std::vector<char> piece(1 << 20, 'x');
  const int fd = MUST(open("large", O_CREAT | O_RDWR, 0600));
  ssize_t total = 0;
  for (;;) {
    const ssize_t n = write(fd, piece.data(), piece.size());
    if (n == -1) break;
    total += n;
    CHECK_LE(total, 256 << 20);
  }
  CHECK_EQ(errno, ENOSPC);
  CHECK_GE(total, 255 << 20);
  MUST(ftruncate(fd, 0));
  MUST(lseek(fd, 0, SEEK_SET));
  CHECK_EQ(write(fd, piece.data(), piece.size()), piece.size());
  MUST(unlink("large"));
  say("%zd bytes", total);
}
