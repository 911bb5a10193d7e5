// A lot of output at once: 1 MiB in one write, and a million bytes through stdio, blocking nowhere.
#include <string>

#include "guest.h"

int main() {
  std::string bytes;
  while (bytes.size() < (1 << 20))
    bytes += "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";
  const Ns start = now_ns();
  CHECK_EQ(write(1, bytes.data(), bytes.size()), bytes.size());
  for (int i = 0; i < 100'000; ++i) std::printf("line %04d\n", i % 10'000);
  CHECK_EQ(std::fflush(stdout), 0);
  if (!Native()) CHECK_ELAPSED(start, 0);
  say("done");
}
