// The 16 bytes of AT_RANDOM, which seed stack protectors and hash tables.
#include <sys/auxv.h>

#include "hex.h"

int main() {
  const auto* bytes = reinterpret_cast<const unsigned char*>(getauxval(AT_RANDOM));
  CHECK(bytes != nullptr);
  CHECK(std::any_of(bytes, bytes + 16, [](unsigned char b) { return b != 0; }));
  say("%s secure %lu", Hex(bytes, 16).c_str(), getauxval(AT_SECURE));
}
