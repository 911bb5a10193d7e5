// Partitions: who does not hear whom, in Maelstrom's kinds and some more. Pure functions of names and randomness.
// Plain values, any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "sim/base/rng.h"

namespace gyre {

// For each node, in list order, the nodes whose messages it drops; each list in list order. Nodes that drop nothing
// are there too, with an empty list, as in Maelstrom.
using Grudge = std::vector<std::pair<std::string, std::vector<std::string>>>;

struct PartitionKind {
  const char* name;
  bool in_maelstrom;  // these are drawn from when none is asked for
  const char* meaning;
  Grudge (*make)(const std::vector<std::string>& nodes, Draw& draw);
};

// Alphabetical.
absl::Span<const PartitionKind> PartitionKinds();
// nullptr when there is none of that name.
const PartitionKind* FindPartitionKind(std::string_view name);

}  // namespace gyre
