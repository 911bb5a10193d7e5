// getrandom, with each flag, and what libc builds on it: never the same bytes twice in a run, the
// same ones in each run.
#include <sys/random.h>

#include <set>

#include "hex.h"

int main() {
  std::set<std::string> seen;
  for (const unsigned flags :
       {0u, 0u, unsigned{GRND_NONBLOCK}, unsigned{GRND_RANDOM}, 4u /* INSECURE */}) {
    unsigned char bytes[16] = {};
    CHECK_EQ(getrandom(bytes, sizeof bytes, flags), sizeof bytes);
    CHECK(seen.insert(Hex(bytes, sizeof bytes)).second);
    say("%s", Hex(bytes, sizeof bytes).c_str());
  }
  unsigned char entropy[16] = {};
  MUST(getentropy(entropy, sizeof entropy));
  CHECK(seen.insert(Hex(entropy, sizeof entropy)).second);
  std::string large(100'000, '\0');
  CHECK_EQ(getrandom(large.data(), large.size(), 0), large.size());
  CHECK_GT(std::count(large.begin(), large.end(), 'x'), 250);
  CHECK_ERRNO(getrandom(entropy, sizeof entropy, 0x80), EINVAL);
  CHECK_EQ(getrandom(entropy, 0, 0), 0);
  say("%s %08x", Hex(entropy, sizeof entropy).c_str(), arc4random());
}
