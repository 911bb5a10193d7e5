// XXH3: a streaming 128-bit digest of canonical bytes, and 64-bit hashes of short keys.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre {

// A 128-bit digest, printed as 32 hexadecimal digits.
struct Digest {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const Digest&) const = default;
  std::string Hex() const;
};

uint64_t Hash64(std::string_view bytes, uint64_t seed = 0);
Digest DigestOf(std::string_view bytes);

// Digests a stream of bytes. Integers are added as 8 little-endian bytes, strings with their length first,
// so that different sequences of Add give different bytes. Movable; one thread.
class DigestStream {
 public:
  DigestStream();
  ~DigestStream();
  DigestStream(DigestStream&&) noexcept;
  DigestStream& operator=(DigestStream&&) noexcept;

  void Add(uint64_t value);
  void Add(std::string_view bytes);
  // Bytes without their length: any split into pieces gives the same digest, that of DigestOf.
  void AddRaw(std::string_view bytes);
  // The digest of all that was added so far; more can be added after.
  Digest Get() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gyre
