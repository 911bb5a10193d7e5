#include "sim/net/partition.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "sim/base/rng.h"

namespace gyre {
namespace {

std::vector<std::string> Names(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back("n" + std::to_string(i));
  return names;
}

Grudge Make(const char* kind, size_t count, uint64_t seed) {
  Draw draw(seed, "test", 0);
  return FindPartitionKind(kind)->make(Names(count), draw);
}

bool Drops(const Grudge& grudge, const std::string& node, const std::string& from) {
  for (const auto& [name, dropped] : grudge) {
    if (name == node) return std::find(dropped.begin(), dropped.end(), from) != dropped.end();
  }
  return false;
}

// "2 | 3": the sizes of the groups whose members hear each other, ascending, and "lopsided" if one hears another that
// does not hear it.
std::string Groups(const Grudge& grudge) {
  std::set<std::vector<std::string>> groups;
  for (const auto& [node, dropped] : grudge) {
    std::vector<std::string> heard;
    for (const auto& [other, unused] : grudge) {
      if (Drops(grudge, node, other) != Drops(grudge, other, node)) return "lopsided";
      if (!Drops(grudge, node, other)) heard.push_back(other);
    }
    groups.insert(heard);
  }
  std::multiset<size_t> sizes;
  for (const std::vector<std::string>& group : groups) sizes.insert(group.size());
  std::string text;
  for (const size_t size : sizes) text += (text.empty() ? "" : " | ") + std::to_string(size);
  return text;
}

TEST_CASE("every kind cuts what its name says") {
  const struct {
    const char* kind;
    size_t nodes;
    const char* groups;
  } kCases[] = {
      {"one", 1, "1"},
      {"one", 2, "1 | 1"},
      {"one", 5, "1 | 4"},
      {"majority", 1, "1"},
      {"majority", 4, "2 | 2"},
      {"majority", 5, "2 | 3"},
      {"minority-third", 3, "3"},
      {"minority-third", 4, "1 | 3"},
      {"minority-third", 6, "1 | 5"},
      {"minority-third", 7, "2 | 5"},
      {"majorities-ring", 1, "1"},
      {"majorities-ring", 2, "2"},
      {"majorities-ring", 3, "lopsided"},
      {"majorities-ring", 5, "3 | 3 | 3 | 3 | 3"},
      {"bridge", 1, "1"},
      {"bridge", 3, "2 | 2 | 3"},
      {"bridge", 5, "3 | 3 | 5"},
      {"isolated-pair", 1, "1"},
      {"isolated-pair", 2, "1 | 1"},
      {"isolated-pair", 5, "4 | 4 | 5"},
      {"one-way", 1, "1"},
      {"one-way", 2, "lopsided"},
      {"one-way", 5, "lopsided"},
  };
  for (const auto& each : kCases) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      INFO(each.kind << " of " << each.nodes << ", seed " << seed);
      CHECK(Groups(Make(each.kind, each.nodes, seed)) == each.groups);
    }
  }
}

TEST_CASE("a ring of three hears only its predecessor") {
  const Grudge grudge = Make("majorities-ring", 3, 1);
  for (const auto& [node, dropped] : grudge) CHECK(dropped.size() == 1);
}

TEST_CASE("in a large ring every node hears a majority, both ways") {
  for (size_t count = 6; count <= 25; ++count) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const Grudge grudge = Make("majorities-ring", count, seed);
      for (const auto& [node, dropped] : grudge) {
        INFO(count << " nodes, seed " << seed << ", " << node);
        const size_t heard = count - dropped.size();
        CHECK(heard >= count / 2 + 1);
        CHECK(heard <= count / 2 + 2);
        for (const std::string& other : dropped) CHECK(Drops(grudge, other, node));
      }
    }
  }
}

TEST_CASE("nobody drops itself, every node is listed, and each node has its turn") {
  for (const PartitionKind& kind : PartitionKinds()) {
    std::map<std::string, int> cut;
    for (uint64_t seed = 0; seed < 200; ++seed) {
      const Grudge grudge = Make(kind.name, 5, seed);
      CHECK(grudge.size() == 5);
      for (const auto& [node, dropped] : grudge) {
        CHECK_FALSE(Drops(grudge, node, node));
        cut[node] += !dropped.empty();
      }
    }
    for (const auto& [node, count] : cut) {
      INFO(kind.name << " " << node);
      CHECK(count > 10);
    }
  }
}

}  // namespace
}  // namespace gyre
