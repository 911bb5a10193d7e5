// A child whose stdout is a pipe to its parent writes 300 KB in one go: none of it is the node's
// output.
#include <string>

#include "guest.h"

int main(int argc, char** argv) {
  constexpr std::size_t kSize = 300'000;
  if (argc > 1) {
    std::string bytes(kSize, 'a');
    bytes.back() = '\n';
    CHECK_EQ(write(1, bytes.data(), kSize), kSize);
    return 0;
  }
  std::FILE* child = popen((std::string(argv[0]) + " child").c_str(), "r");
  CHECK(child != nullptr);
  std::size_t total = 0;
  char piece[8192];
  while (const std::size_t n = std::fread(piece, 1, sizeof piece, child)) total += n;
  CHECK_EQ(pclose(child), 0);
  CHECK_EQ(total, kSize);
  say("%zu bytes", total);
}
