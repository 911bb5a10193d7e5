// What comes before what by chains' clocks, against a walk over the graph.
#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "checkers/chain_clocks.h"
#include "checkers/shared_clocks.h"
#include "checkers/txn_graph.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

using Edges = std::vector<std::pair<uint32_t, uint32_t>>;

// By transaction: those that come before it.
std::vector<std::vector<bool>> NaivelyBefore(uint32_t txns, const Edges& edges) {
  std::vector<std::vector<bool>> before(txns, std::vector<bool>(txns, false));
  for (uint32_t round = 0; round < txns; ++round) {
    for (const auto& [from, to] : edges) {
      before[to][from] = true;
      for (uint32_t i = 0; i < txns; ++i) before[to][i] = before[to][i] || before[from][i];
    }
  }
  return before;
}

void ExpectSame(const ChainClocks& clocks, uint32_t txns, const std::vector<bool>& chained, const Edges& edges) {
  const std::vector<std::vector<bool>> before = NaivelyBefore(txns, edges);
  for (uint32_t a = 0; a < txns; ++a) {
    for (uint32_t b = 0; b < txns && chained[a]; ++b) {
      if (clocks.Precedes(a, b) != before[b][a]) FAIL("transactions " << a << " and " << b);
    }
  }
}

TEST_CASE("chains' clocks know what comes before what, also of edges that come later") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Draw draw(seed, "chain clocks", 0);
    // Up to three levels of a tree.
    const auto txns = static_cast<uint32_t>(2 + draw.Below(seed % 10 == 0 ? 400 : 30));
    std::vector<bool> chained;
    for (uint32_t i = 0; i < txns; ++i) chained.push_back(draw.Below(4) != 0);
    Edges edges;
    TxnGraph graph(txns);
    const uint64_t count = draw.Below(2 * txns);
    const auto draw_edge = [&] {
      const auto to = static_cast<uint32_t>(1 + draw.Below(txns - 1));
      edges.emplace_back(static_cast<uint32_t>(draw.Below(to)), to);
    };
    for (uint64_t i = 0; i < count; ++i) {
      draw_edge();
      graph.Link(edges.back().first, edges.back().second, kWr);
    }
    graph.Freeze();
    ChainClocks clocks(graph, chained);
    REQUIRE(clocks.Run(ChainClocks::Keep::kAll, UINT64_MAX, [](uint32_t) {}));
    ExpectSame(clocks, txns, chained, edges);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 3; ++i) {
        draw_edge();
        clocks.Link(edges.back().first, edges.back().second);
      }
      std::vector<uint32_t> changed;
      REQUIRE(clocks.Propagate(&changed));
    }
    ExpectSame(clocks, txns, chained, edges);
  }
}

TEST_CASE("chains' clocks see a cycle, at first and when an edge closes it") {
  TxnGraph graph(3);
  graph.Link(0, 1, kWr);
  graph.Link(1, 2, kRw);
  graph.Freeze();
  const std::vector<bool> chained(3, true);
  ChainClocks clocks(graph, chained);
  REQUIRE(clocks.Run(ChainClocks::Keep::kAll, UINT64_MAX, [](uint32_t) {}));
  CHECK(clocks.chain_count() == 1);
  clocks.Link(2, 0);
  std::vector<uint32_t> changed;
  CHECK(!clocks.Propagate(&changed));
  graph.Link(2, 0, kWw);
  graph.Freeze();
  CHECK(!ChainClocks(graph, chained).Run(ChainClocks::Keep::kAll, UINT64_MAX, [](uint32_t) {}));
}

TEST_CASE("shared clocks give back what is dropped") {
  SharedClocks clocks;
  SharedClocks::Clock a = clocks.With(SharedClocks::kNothing, 3, 7);
  const uint64_t nodes = clocks.nodes();
  const SharedClocks::Clock b = clocks.With(a, 3, 5);
  CHECK(b == a);
  const SharedClocks::Clock c = clocks.With(SharedClocks::kNothing, 4, 1);
  const SharedClocks::Clock both = clocks.Join(a, c);
  CHECK(clocks.Get(both, 3) == 7);
  CHECK(clocks.Get(both, 4) == 1);
  CHECK(clocks.Get(both, 5) == 0);
  CHECK(clocks.Join(both, c) == both);
  for (const SharedClocks::Clock each : {b, c, both, both}) clocks.Drop(each);
  CHECK(clocks.nodes() == nodes);
  std::vector<SharedClocks::Clock> all{a, SharedClocks::kNothing};
  clocks.Grow(&all);
  CHECK(clocks.chains() == 256);
  CHECK(clocks.Get(all[0], 3) == 7);
  CHECK(clocks.Get(all[0], 200) == 0);
}

}  // namespace
}  // namespace gyre
