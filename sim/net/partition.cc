#include "sim/net/partition.h"

#include <algorithm>
#include <cstdint>

#include "sim/base/check.h"

namespace gyre {
namespace {

using Nodes = std::vector<std::string>;

// drops[i][j]: node i drops what comes from node j.
using Matrix = std::vector<std::vector<bool>>;

Matrix NoDrops(size_t count) { return Matrix(count, std::vector<bool>(count, false)); }

Grudge ToGrudge(const Nodes& nodes, const Matrix& drops) {
  Grudge grudge;
  for (size_t i = 0; i < nodes.size(); ++i) {
    grudge.emplace_back(nodes[i], Nodes());
    for (size_t j = 0; j < nodes.size(); ++j) {
      if (drops[i][j]) grudge.back().second.push_back(nodes[j]);
    }
  }
  return grudge;
}

std::vector<size_t> ShuffledPlaces(size_t count, Draw& draw) {
  std::vector<size_t> places(count);
  for (size_t i = 0; i < count; ++i) places[i] = i;
  Shuffle(places, draw);
  return places;
}

// Cuts a random `size` of the nodes off from the rest, in both directions.
Grudge Split(const Nodes& nodes, size_t size, Draw& draw) {
  const std::vector<size_t> places = ShuffledPlaces(nodes.size(), draw);
  Matrix drops = NoDrops(nodes.size());
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = size; j < places.size(); ++j) drops[places[i]][places[j]] = drops[places[j]][places[i]] = true;
  }
  return ToGrudge(nodes, drops);
}

Grudge MakeOne(const Nodes& nodes, Draw& draw) { return Split(nodes, 1, draw); }

Grudge MakeMajority(const Nodes& nodes, Draw& draw) { return Split(nodes, nodes.size() / 2, draw); }

// Fewer than a third of the nodes: none of three.
Grudge MakeMinorityThird(const Nodes& nodes, Draw& draw) { return Split(nodes, (nodes.size() - 1) / 3, draw); }

// The nodes in a random ring; each hears only those of the window of a majority whose middle it is. With an even
// window that is lopsided: of three nodes each hears just its predecessor.
Matrix MakeSmallRing(size_t count, Draw& draw) {
  const std::vector<size_t> ring = ShuffledPlaces(count, draw);
  const size_t window = count / 2 + 1;
  Matrix drops = NoDrops(count);
  for (size_t start = 0; start < count; ++start) {
    std::vector<bool> heard(count, false);
    for (size_t i = 0; i < window; ++i) heard[ring[(start + i) % count]] = true;
    const size_t middle = ring[(start + window / 2) % count];
    for (size_t other = 0; other < count; ++other) drops[middle][other] = !heard[other];
  }
  return drops;
}

// A random one of the nodes for which `count` is least, `excluded` left out; none: nodes.size().
size_t LeastOf(const std::vector<size_t>& counts, const std::vector<bool>& excluded, Draw& draw) {
  std::vector<size_t> least;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (excluded[i]) continue;
    if (!least.empty() && counts[i] > counts[least[0]]) continue;
    if (!least.empty() && counts[i] < counts[least[0]]) least.clear();
    least.push_back(i);
  }
  return least.empty() ? counts.size() : least[draw.Below(least.size())];
}

// Links between random nodes of the fewest links, until every node has a majority of them, itself included: every node
// sees a majority, and no two need see the same one.
Matrix MakeLargeRing(size_t count, Draw& draw) {
  Matrix linked = NoDrops(count);
  for (size_t i = 0; i < count; ++i) linked[i][i] = true;
  std::vector<size_t> degrees(count, 1);
  const std::vector<bool> nobody(count, false);
  for (;;) {
    const size_t node = LeastOf(degrees, nobody, draw);
    if (degrees[node] >= count / 2 + 1) break;
    const size_t other = LeastOf(degrees, linked[node], draw);
    CHECK(other < count);
    linked[node][other] = linked[other][node] = true;
    ++degrees[node];
    ++degrees[other];
  }
  for (std::vector<bool>& row : linked) row.flip();
  return linked;
}

Grudge MakeMajoritiesRing(const Nodes& nodes, Draw& draw) {
  constexpr size_t kMostOfSmallRing = 5;
  const size_t count = nodes.size();
  return ToGrudge(nodes, count <= kMostOfSmallRing ? MakeSmallRing(count, draw) : MakeLargeRing(count, draw));
}

// Two halves that hear each other only through one node, which hears and is heard by all.
Grudge MakeBridge(const Nodes& nodes, Draw& draw) {
  const std::vector<size_t> places = ShuffledPlaces(nodes.size(), draw);
  const size_t bridge = nodes.size() / 2;
  Matrix drops = NoDrops(nodes.size());
  for (size_t i = 0; i < bridge; ++i) {
    for (size_t j = bridge + 1; j < places.size(); ++j) {
      drops[places[i]][places[j]] = drops[places[j]][places[i]] = true;
    }
  }
  return ToGrudge(nodes, drops);
}

Grudge MakeIsolatedPair(const Nodes& nodes, Draw& draw) {
  Matrix drops = NoDrops(nodes.size());
  if (nodes.size() >= 2) {
    const std::vector<size_t> places = ShuffledPlaces(nodes.size(), draw);
    drops[places[0]][places[1]] = drops[places[1]][places[0]] = true;
  }
  return ToGrudge(nodes, drops);
}

// Some nodes, at least one and not all, do not hear the others, who hear them.
Grudge MakeOneWay(const Nodes& nodes, Draw& draw) {
  Matrix drops = NoDrops(nodes.size());
  if (nodes.size() >= 2) {
    const std::vector<size_t> places = ShuffledPlaces(nodes.size(), draw);
    const size_t deaf = 1 + draw.Below(nodes.size() - 1);
    for (size_t i = 0; i < deaf; ++i) {
      for (size_t j = deaf; j < places.size(); ++j) drops[places[i]][places[j]] = true;
    }
  }
  return ToGrudge(nodes, drops);
}

constexpr PartitionKind kKinds[] = {
    {"bridge", false, "two halves that only one node connects", MakeBridge},
    {"isolated-pair", false, "two nodes do not hear each other", MakeIsolatedPair},
    {"majorities-ring", true, "each node hears a majority, no two the same one", MakeMajoritiesRing},
    {"majority", true, "half of the nodes, rounded down, against the rest", MakeMajority},
    {"minority-third", true, "fewer than a third of the nodes against the rest", MakeMinorityThird},
    {"one", true, "one node against the rest", MakeOne},
    {"one-way", false, "some nodes do not hear the rest, who hear them", MakeOneWay},
};

}  // namespace

absl::Span<const PartitionKind> PartitionKinds() { return kKinds; }

const PartitionKind* FindPartitionKind(std::string_view name) {
  for (const PartitionKind& kind : kKinds) {
    if (name == kind.name) return &kind;
  }
  return nullptr;
}

}  // namespace gyre
