// Time, atoms, ids, digests, Concat, UTF-8.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>
#include <thread>
#include <vector>

#include "sim/base/atom.h"
#include "sim/base/concat.h"
#include "sim/base/digest.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/base/utf8.h"

namespace gyre {
namespace {

TEST_CASE("FormatSeconds") {
  struct {
    int64_t ns;
    std::string expected;
  } const kRows[] = {
      {0, "0.000s"},
      {1, "0.000000001s"},
      {10, "0.00000001s"},
      {1000, "0.000001s"},
      {1'000'000, "0.001s"},
      {999'999'999, "0.999999999s"},
      {1'000'000'000, "1.000s"},
      {12'003'450'000, "12.00345s"},
      {12'003'000'000, "12.003s"},
      {12'300'000'000, "12.300s"},
      {-1'500'000'000, "-1.500s"},
      {INT64_MAX, "9223372036.854775807s"},
      {INT64_MIN, "-9223372036.854775808s"},
  };
  for (const auto& row : kRows) CHECK(FormatSeconds(row.ns) == row.expected);
  CHECK(ToString(Milliseconds(2)) == "0.002s");
  CHECK(ToString(Instant(5) + Seconds(1)) == "1.000000005s");
  CHECK(Instant(7) - Instant(5) == Nanoseconds(2));
  CHECK(Instant(7) < Instant::Max());
}

TEST_CASE("atoms are equal when their texts are") {
  // C functions take no null pointer, of however few bytes.
  CHECK(Atom().text().data() != nullptr);
  CHECK(Atom("read") == Atom(std::string("re") + "ad"));
  CHECK(!(Atom("read") == Atom("write")));
  CHECK(Atom() == Atom(""));
  CHECK(Atom("cas").text() == "cas");

  std::vector<std::thread> threads;
  std::vector<Atom> atoms(4);
  for (size_t i = 0; i < atoms.size(); ++i) {
    threads.emplace_back([&atoms, i] {
      for (int k = 0; k < 1000; ++k) atoms[i] = Atom(Concat("shared-", k));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Atom atom : atoms) CHECK(atom == Atom("shared-999"));
}

TEST_CASE("ids are ordered and strong") {
  CHECK(NodeId(1) < NodeId(2));
  CHECK(ProcessId(-1) == kNemesis);
  CHECK(!std::is_convertible_v<uint32_t, NodeId>);
  CHECK(!std::is_convertible_v<NodeId, ProcessId>);
}

TEST_CASE("digests are XXH3's, and mean the same for ever") {
  CHECK(DigestOf("").Hex() == "99aa06d3014798d86001c324468d497f");  // as xxhsum -H128 prints it
  CHECK(Hash64("") == 0x2d06800538d394c2);
  DigestStream stream;
  stream.Add(uint64_t{7});
  stream.Add(std::string_view("abc"));
  CHECK(stream.Get().Hex() == "e6337ee60d11ad24ee8c5f495f1f40c7");
}

TEST_CASE("Add keeps boundaries, AddRaw does not") {
  const auto added = [](std::string_view a, std::string_view b) {
    DigestStream stream;
    stream.Add(a);
    stream.Add(b);
    return stream.Get();
  };
  CHECK(added("ab", "c") == added("ab", "c"));
  CHECK(!(added("ab", "c") == added("a", "bc")));

  DigestStream raw;
  raw.AddRaw("ab");
  raw.AddRaw("c");
  CHECK(raw.Get() == DigestOf("abc"));
  raw.AddRaw("d");  // Get does not end the stream
  CHECK(raw.Get() == DigestOf("abcd"));
}

TEST_CASE("Concat takes every kind of string") {
  const std::string_view view = "view";
  CHECK(Concat(view, "-", std::string("string"), "-", ToAbsl(view), -3, uint64_t{7}, 'x' == 'x') ==
        "view-string-view-371");
  CHECK(Concat() == "");
}

TEST_CASE("UTF-8 agrees with simdjson on every start and all edges") {
  constexpr unsigned char kEdges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
  int different = 0;
  for (int first = 0; first < 256; ++first) {
    for (const unsigned char second : kEdges) {
      for (const unsigned char third : kEdges) {
        for (const unsigned char fourth : kEdges) {
          const std::string text{static_cast<char>(first), static_cast<char>(second), static_cast<char>(third),
                                 static_cast<char>(fourth)};
          for (size_t size = 0; size <= text.size(); ++size) {
            const bool ours = FirstInvalidUtf8(text.substr(0, size)) == size;
            different += ours != simdjson::validate_utf8(text.data(), size);
          }
        }
      }
    }
  }
  CHECK(different == 0);
  CHECK(FirstInvalidUtf8("a\xc3\xa9\xff") == 3);
}

}  // namespace
}  // namespace gyre
