#include "tools/delta_debugging.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "sim/base/concat.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

using Fails = std::function<bool(const Remaining&)>;

// Minimizes 0 .. count-1, one candidate after the other. Counts the candidates that were tried.
Remaining Minimized(size_t count, const Fails& fails, size_t* runs, size_t most_runs = SIZE_MAX) {
  Remaining all(count);
  for (size_t i = 0; i < count; ++i) all[i] = i;
  return Minimize(all, [&](size_t pieces, const std::function<Remaining(size_t)>& make) -> std::optional<size_t> {
    for (size_t i = 0; i < pieces; ++i) {
      if (*runs == most_runs) return std::nullopt;
      ++*runs;
      const Remaining candidate = make(i);
      CHECK(std::is_sorted(candidate.begin(), candidate.end()));
      if (fails(candidate)) return i;
    }
    return std::nullopt;
  });
}

bool HasAll(const Remaining& candidate, const Remaining& needed) {
  return std::includes(candidate.begin(), candidate.end(), needed.begin(), needed.end());
}

TEST_CASE("what is needed is found, whatever it is: all subsets of up to eight things") {
  for (size_t count = 0; count <= 8; ++count) {
    for (unsigned mask = 0; mask < 1u << count; ++mask) {
      Remaining needed;
      for (size_t i = 0; i < count; ++i) {
        if ((mask >> i & 1) != 0) needed.push_back(i);
      }
      size_t runs = 0;
      CHECK(Minimized(
                count, [&](const Remaining& c) { return HasAll(c, needed); }, &runs) == needed);
    }
  }
}

TEST_CASE("few of many are found in few runs") {
  struct Row {
    size_t count;
    size_t needed;
    size_t most_runs;
  };
  for (const Row& row : {Row{1000, 1, 40}, Row{1000, 4, 120}, Row{1000, 10, 250}, Row{10000, 5, 200}}) {
    Draw draw(row.count, "needed", row.needed);
    std::set<size_t> drawn;
    while (drawn.size() < row.needed) drawn.insert(draw.Below(row.count));
    const Remaining needed(drawn.begin(), drawn.end());
    size_t runs = 0;
    CHECK(Minimized(
              row.count, [&](const Remaining& c) { return HasAll(c, needed); }, &runs) == needed);
    CHECK_MESSAGE(runs <= row.most_runs, Concat(row.needed, " of ", row.count, " took ", runs, " runs"));
  }
}

TEST_CASE("where things depend on each other nothing can be left out alone") {
  // By drawn rules "these all, or those all", so that what remains fails and is minimal though not the smallest.
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Draw draw(seed, "rules", 0);
    std::vector<Remaining> rules(1 + draw.Below(4));
    for (Remaining& rule : rules) {
      for (size_t i = 0; i < 30; ++i) {
        if (draw.Below(6) == 0) rule.push_back(i);
      }
    }
    const Fails fails = [&](const Remaining& candidate) {
      return std::any_of(rules.begin(), rules.end(), [&](const Remaining& rule) { return HasAll(candidate, rule); });
    };
    size_t runs = 0;
    const Remaining found = Minimized(30, fails, &runs);
    CHECK(fails(found));
    for (size_t i = 0; i < found.size(); ++i) {
      Remaining less = found;
      less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK_FALSE(fails(less));
    }
  }
}

TEST_CASE("when time is over what is left is what last failed") {
  const Remaining needed = {3, 50, 77};
  const Fails fails = [&](const Remaining& candidate) { return HasAll(candidate, needed); };
  size_t size = 100;
  for (size_t most = 0; most < 60; most += 5) {
    size_t runs = 0;
    const Remaining found = Minimized(100, fails, &runs, most);
    CHECK(fails(found));
    CHECK(found.size() <= size);
    size = found.size();
  }
  CHECK(size < 20);
}

}  // namespace
}  // namespace gyre
