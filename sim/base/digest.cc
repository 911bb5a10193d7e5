#include "sim/base/digest.h"

#define XXH_INLINE_ALL  // most inputs are a few bytes: a call would cost more than the hash
#include <xxhash.h>

#include <bit>
#include <cstring>

#include "absl/strings/str_format.h"

namespace gyre {

// Small pieces are gathered first, since an update costs far more than a few bytes' hash.
struct DigestStream::State {
  XXH3_state_t xxh;
  size_t gathered = 0;
  unsigned char piece[1024];

  State() { XXH3_128bits_reset(&xxh); }
  void Add(const void* bytes, size_t size) {
    if (size > sizeof piece - gathered) Flush();
    if (size > sizeof piece) {
      XXH3_128bits_update(&xxh, bytes, size);
      return;
    }
    if (size > 0) std::memcpy(piece + gathered, bytes, size);  // bytes may be null then
    gathered += size;
  }
  void Flush() {
    XXH3_128bits_update(&xxh, piece, gathered);
    gathered = 0;
  }
};

std::string Digest::Hex() const { return absl::StrFormat("%016x%016x", high, low); }

uint64_t Hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Digest DigestOf(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

DigestStream::DigestStream() : state_(std::make_unique<State>()) {}
DigestStream::~DigestStream() = default;
DigestStream::DigestStream(DigestStream&&) noexcept = default;
DigestStream& DigestStream::operator=(DigestStream&&) noexcept = default;

void DigestStream::Add(uint64_t value) {
  static_assert(std::endian::native == std::endian::little);
  state_->Add(&value, sizeof value);
}

void DigestStream::Add(std::string_view bytes) {
  Add(bytes.size());
  AddRaw(bytes);
}

void DigestStream::AddRaw(std::string_view bytes) { state_->Add(bytes.data(), bytes.size()); }

Digest DigestStream::Get() const {
  state_->Flush();
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return {hash.high64, hash.low64};
}

}  // namespace gyre
