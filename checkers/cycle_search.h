// Cycles of a dependency graph that are anomalies, by Adya's kinds as Elle extends them. The essay is in
// cycle_search.cc. Functions of values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "checkers/txn_graph.h"

namespace gyre {

// A transaction of a cycle, and the relation by which it comes before the next one; the last one's leads to the first.
struct CycleStep {
  uint32_t txn = 0;
  Relation relation = kWw;
};
using Cycle = std::vector<CycleStep>;

struct FoundCycle {
  std::string kind;  // KindOfCycle of it
  Cycle cycle;
  // With its steps explained as they are best it is of another kind: it is told only for what no other one shows.
  bool indirect = false;
  uint32_t component_size = 0;  // transactions of the component that it is in
};

// The kind of a simple cycle by its relations: G0 (ww only), G1c (ww and wr), G-single-item (one rw),
// G-nonadjacent-item (more, none next to another), G2-item (more), each with -process or -realtime if it needs such
// an edge.
std::string KindOfCycle(const Cycle& cycle);

// The same cycle with the relations by which its steps are best explained.
using BestExplained = absl::FunctionRef<Cycle(const Cycle& cycle)>;

// For each strong component the worst cycles: one of each kind that is not a special case of another one found there,
// as short as a bounded effort finds it. REQUIRES: the graph is frozen.
std::vector<FoundCycle> FindCycles(const TxnGraph& graph, BestExplained best);

// A cycle of any edges, as short as a bounded effort finds it; nothing if there is none. REQUIRES: the graph is frozen.
std::optional<Cycle> ShortCycle(const TxnGraph& graph);

}  // namespace gyre
