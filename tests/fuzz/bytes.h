// Bytes: a fuzzer's input as a row of decisions. When it has run out, all further ones are the first choice. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre {

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::string_view rest() const { return bytes_; }

  uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const uint8_t byte = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return byte;
  }
  // From 0 to limit - 1. REQUIRES: 0 < limit <= 256.
  size_t Below(size_t limit) { return Byte() % limit; }
  // True once in `limit` times.
  bool Rarely(size_t limit) { return Below(limit) == limit - 1; }
  uint64_t Word() {
    uint64_t word = 0;
    for (int i = 0; i < 8; ++i) word = word << 8 | Byte();
    return word;
  }
  std::string_view Take(size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view bytes_;
};

}  // namespace gyre
