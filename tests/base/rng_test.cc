#include "sim/base/rng.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/concat.h"

namespace gyre {
namespace {

// The numbers below were seen once and are frozen: if one changes, every seed means another run, and the formats'
// versions must rise with it.

TEST_CASE("keys mean the same for ever") {
  CHECK(Key("").hash() == 0x4211ac65638aed45);
  CHECK(Key("ab").Add("c").hash() == 0x4f567eda97271b17);
  CHECK(Key("a").Add("bc").hash() == 0xcf308210ae235dc7);
  CHECK(Key("n1").Add("n2").Add(7).hash() == 0xcd7d918048b48e0b);
}

TEST_CASE("draws mean the same for ever") {
  Draw words(1, "delay", 2);
  for (const uint64_t expected :
       {0xe00d69ea3a94cabeull, 0xb9f1c3595face7e0ull, 0xa696f7e6424172ecull, 0x1b4a392d2b64303dull}) {
    CHECK(words.Next() == expected);
  }

  struct {
    uint64_t bound;
    uint64_t expected;
  } const kBelow[] = {{1, 0},     {2, 0},          {6, 2},
                      {100, 77}, {1000000, 223082}, {18446744073709551615ull, 9777384549931169678ull}};
  Draw below(42, "loss", 7);
  for (const auto& row : kBelow) CHECK(below.Below(row.bound) == row.expected);

  Draw between(42, "x", 7);
  for (const int64_t expected : {4, 0, -5, 3}) CHECK(between.Between(-5, 4) == expected);

  Draw exponential(3, "latency", 1);
  for (const int64_t expected : {17970912, 5983083, 11198115, 31596496, 26511971}) {
    CHECK(exponential.Exponential(Milliseconds(10)).ns() == expected);
  }

  std::vector<int> items{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  Draw shuffle(5, "shuffle", 0);
  Shuffle(items, shuffle);
  CHECK(items == std::vector<int>{9, 6, 1, 4, 7, 3, 2, 5, 0, 8});
}

TEST_CASE("random bytes mean the same for ever, however they are cut") {
  unsigned char whole[20];
  FillRandomBytes(9, "urandom", 4, 3, whole, sizeof whole);
  std::string hex;
  for (const unsigned char byte : whole) hex += Concat(absl::Hex(byte, absl::kZeroPad2));
  CHECK(hex == "0a1e6b4e421451a7d7181ce4c8a3a3847908993a");

  for (size_t cut = 0; cut <= sizeof whole; ++cut) {
    unsigned char parts[20];
    FillRandomBytes(9, "urandom", 4, 3, parts, cut);
    FillRandomBytes(9, "urandom", 4, 3 + cut, parts + cut, sizeof parts - cut);
    CHECK(std::equal(whole, whole + sizeof whole, parts));
  }
}

TEST_CASE("seed, stream and key all count") {
  const uint64_t base = Draw(1, "a", 1).Next();
  CHECK(Draw(1, "a", 1).Next() == base);
  CHECK(Draw(2, "a", 1).Next() != base);
  CHECK(Draw(1, "b", 1).Next() != base);
  CHECK(Draw(1, "a", 2).Next() != base);
}

TEST_CASE("Below is uniform") {
  constexpr int kDraws = 100000;
  for (const uint64_t bound : {2u, 3u, 7u, 10u}) {
    std::vector<int> counts(bound);
    for (uint64_t key = 0; key < kDraws; ++key) ++counts[Draw(11, "uniform", key).Below(bound)];
    const int expected = kDraws / static_cast<int>(bound);
    // Six standard deviations of a count are below 6 * sqrt(expected).
    for (const int count : counts) CHECK((count - expected) * (count - expected) < 36 * expected);
  }
}

TEST_CASE("Between includes both ends, the whole range too") {
  bool low = false;
  bool high = false;
  Draw draw(1, "ends", 0);
  for (int i = 0; i < 200; ++i) {
    const int64_t value = draw.Between(-3, 3);
    REQUIRE(value >= -3);
    REQUIRE(value <= 3);
    low |= value == -3;
    high |= value == 3;
  }
  CHECK(low);
  CHECK(high);
  CHECK(draw.Between(5, 5) == 5);
  CHECK(draw.Between(INT64_MIN, INT64_MAX) != draw.Between(INT64_MIN, INT64_MAX));
}

TEST_CASE("Chance keeps its ratio") {
  struct {
    Ratio p;
    int low;
    int high;
  } const kRows[] = {{{0, 1}, 0, 0}, {{1, 1}, 100000, 100000}, {{1, 2}, 49000, 51000}, {{1, 100}, 850, 1150}};
  for (const auto& row : kRows) {
    int hits = 0;
    for (uint64_t key = 0; key < 100000; ++key) hits += Draw(5, "chance", key).Chance(row.p);
    CHECK(hits >= row.low);
    CHECK(hits <= row.high);
  }
}

TEST_CASE("Exponential has its mean, median and tail") {
  constexpr int64_t kMean = 10'000'000;
  constexpr int kDraws = 200000;
  int64_t sum = 0;
  int above_median = 0;
  int above_five = 0;
  for (uint64_t key = 0; key < kDraws; ++key) {
    const int64_t ns = Draw(3, "exponential", key).Exponential(Duration(kMean)).ns();
    REQUIRE(ns >= 0);
    REQUIRE(ns < 45 * kMean);
    sum += ns;
    above_median += ns > 6931472;
    above_five += ns > 5 * kMean;
  }
  const int64_t mean = sum / kDraws;
  CHECK(mean > kMean * 99 / 100);
  CHECK(mean < kMean * 101 / 100);
  CHECK(above_median > kDraws * 49 / 100);
  CHECK(above_median < kDraws * 51 / 100);
  CHECK(above_five > 1200);  // exp(-5) of 200,000 is 1348
  CHECK(above_five < 1500);
  CHECK(Draw(3, "exponential", 0).Exponential(Duration()) == Duration());
}

TEST_CASE("Shuffle reaches every order evenly") {
  int counts[6] = {};
  for (uint64_t key = 0; key < 60000; ++key) {
    std::vector<int> items{0, 1, 2};
    Draw draw(8, "shuffle", key);
    Shuffle(items, draw);
    ++counts[items[0] * 2 + (items[1] > items[2] ? 1 : 0)];
  }
  for (const int count : counts) {
    CHECK(count > 9400);
    CHECK(count < 10600);
  }
}

}  // namespace
}  // namespace gyre
