#include "sim/base/rng.h"

#define XXH_INLINE_ALL  // keys are a few bytes: a call would cost more than the hash
#include <xxhash.h>

#include <cstring>

#include "sim/base/check.h"

namespace gyre {
namespace {

__extension__ typedef unsigned __int128 Uint128;

uint64_t Mix(uint64_t a, uint64_t b) {
  const uint64_t words[2] = {a, b};
  return XXH3_64bits(words, sizeof words);
}

// -ln(m / 2^32) in units of 2^-26, for m in [2^31, 2^32]: 65 knots, linear in between. ln's derivative is at
// most 2 there, so the error of a piece is below 2^-15 of the mean: far below anything a simulation can show.
constexpr int kKnots = 64;
constexpr uint64_t kLn2 = 46516320;  // ln 2 * 2^26

// Computed by integer arithmetic only (atanh series), so that every platform has the same table.
struct LnTable {
  uint64_t value[kKnots + 1];
};

constexpr LnTable MakeLnTable() {
  LnTable table{};
  for (int i = 0; i <= kKnots; ++i) {
    // -ln(x) with x = (64 + i) / 128 = ln(128 / (64 + i)) = 2 atanh(z), z = (64 - i) / (192 + i).
    const uint64_t num = static_cast<uint64_t>(64 - i);
    const uint64_t den = static_cast<uint64_t>(192 + i);
    uint64_t term = (num << 40) / den;
    uint64_t sum = 0;
    for (uint64_t k = 1; k < 60; k += 2) {
      sum += term / k;
      term = (term * num / den) * num / den;
    }
    table.value[i] = (2 * sum) >> 14;
  }
  return table;
}
constexpr LnTable kLnTable = MakeLnTable();

// -ln((bits + 1) / 2^64) in units of 2^-26.
uint64_t NegativeLog(uint64_t bits) {
  const int zeros = bits == 0 ? 63 : __builtin_clzll(bits);
  const uint64_t mantissa = (bits << zeros) | (uint64_t{1} << 63);
  const uint64_t fraction = (mantissa >> 32) - (uint64_t{1} << 31);  // [0, 2^31)
  const uint64_t index = fraction >> 25;
  const uint64_t rest = fraction & ((uint64_t{1} << 25) - 1);
  const uint64_t high = kLnTable.value[index];
  const uint64_t low = kLnTable.value[index + 1];
  return static_cast<uint64_t>(zeros) * kLn2 + high - (((high - low) * rest) >> 25);
}

}  // namespace

Key& Key::Add(std::string_view part) {
  state_ = Mix(state_, XXH3_64bits_withSeed(part.data(), part.size(), 1));
  return *this;
}

Key& Key::Add(uint64_t part) {
  state_ = Mix(state_ ^ 0x5851f42d4c957f2dull, part);
  return *this;
}

Draw::Draw(uint64_t seed, std::string_view stream, uint64_t key)
    : base_(Mix(Mix(seed, XXH3_64bits(stream.data(), stream.size())), key)) {}

uint64_t Draw::Next() { return Mix(base_, count_++); }

uint64_t Draw::Below(uint64_t bound) {
  CHECK(bound > 0);
  const uint64_t threshold = (0 - bound) % bound;
  for (;;) {
    const Uint128 product = static_cast<Uint128>(Next()) * bound;
    if (static_cast<uint64_t>(product) >= threshold) return static_cast<uint64_t>(product >> 64);
  }
}

int64_t Draw::Between(int64_t low, int64_t high) {
  CHECK(low <= high);
  const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  const uint64_t offset = span == 0 ? Next() : Below(span);
  return static_cast<int64_t>(static_cast<uint64_t>(low) + offset);
}

Duration Draw::Exponential(Duration mean) {
  CHECK(mean >= Duration());
  const Uint128 scaled = static_cast<Uint128>(static_cast<uint64_t>(mean.ns())) * NegativeLog(Next());
  return Duration(static_cast<int64_t>(scaled >> 26));
}

void FillRandomBytes(uint64_t seed, std::string_view stream, uint64_t key, uint64_t offset, void* out, size_t size) {
  const uint64_t base = Mix(Mix(seed, XXH3_64bits(stream.data(), stream.size())), key);
  unsigned char* to = static_cast<unsigned char*>(out);
  while (size > 0) {
    const uint64_t word = Mix(base, offset / 8);
    const size_t skip = offset % 8;
    const size_t take = size < 8 - skip ? size : 8 - skip;
    std::memcpy(to, reinterpret_cast<const unsigned char*>(&word) + skip, take);
    to += take;
    offset += take;
    size -= take;
  }
}

}  // namespace gyre
