// Keyed randomness: every decision is hash(seed, stream, key), never the next number of a shared sequence,
// so that taking one decision away leaves all others as they were (semantics.md, Randomness).
//
// XXH3-64 is the generator; the same seed gives the same numbers with any compiler and standard library:
// integers only, no <random> distribution, no floating point. Plain values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/time.h"

namespace gyre {

// A probability or ratio: num out of den. den > 0.
struct Ratio {
  uint64_t num = 0;
  uint64_t den = 1;
};

// What a decision is keyed by. Built from strings and integers; order matters, boundaries are kept
// ("ab","c" differs from "a","bc").
class Key {
 public:
  explicit Key(std::string_view first) { Add(first); }
  Key& Add(std::string_view part);
  Key& Add(uint64_t part);
  uint64_t hash() const { return state_; }

 private:
  uint64_t state_ = 0x9ae16a3b2f90404full;
};

// The random bits of one decision: as many 64-bit words as are asked for, by index.
class Draw {
 public:
  Draw(uint64_t seed, std::string_view stream, uint64_t key);

  // The next word of this decision.
  uint64_t Next();
  // Uniform in [0, bound). REQUIRES: bound > 0. (Lemire's multiply-and-reject: unbiased.)
  uint64_t Below(uint64_t bound);
  // Uniform in [low, high]. REQUIRES: low <= high.
  int64_t Between(int64_t low, int64_t high);
  bool Chance(Ratio p) { return p.num != 0 && Below(p.den) < p.num; }
  // Exponential with the given mean, from an integer table of -ln (never above 45 means). REQUIRES: mean >= 0.
  Duration Exponential(Duration mean);

 private:
  uint64_t base_;
  uint64_t count_ = 0;
};

// Fisher-Yates with the decision's bits (std::shuffle differs between libraries).
template <typename T>
void Shuffle(std::vector<T>& items, Draw& draw) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[draw.Below(i)]);
}

// Fills `size` bytes of a stream of random bytes from `offset` on; any split into pieces gives the same bytes.
void FillRandomBytes(uint64_t seed, std::string_view stream, uint64_t key, uint64_t offset, void* out, size_t size);

}  // namespace gyre
