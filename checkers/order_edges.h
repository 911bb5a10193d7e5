// Edges of the orders that clients saw: of real time, and of each process. Functions of values; any thread.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "checkers/txn_graph.h"
#include "sim/history/op.h"

namespace gyre {

// By position in a history: the vertex of the transaction that completes there, or is invoked there and never ends;
// kNoVertex elsewhere, and for those that do not count.
using VertexOfEntry = absl::Span<const uint32_t>;
inline constexpr uint32_t kNoVertex = 0xffffffff;

// Each transaction that completed as :ok comes before all that were invoked later and did not fail. At most three
// edges a transaction, over a chain of junctions: one for each row of completions without an invocation between them.
void AddRealtimeEdges(const History& history, VertexOfEntry vertices, TxnGraph* graph);

// Those of each process that ended as :ok, one after the other.
void AddProcessEdges(const History& history, VertexOfEntry vertices, TxnGraph* graph);

}  // namespace gyre
