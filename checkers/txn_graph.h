// TxnGraph: which transaction must come before which, and why. Built by adding edges, then frozen into rows; after
// that immutable. Owned by a checker. One thread while it is built, any thread after.
//
// Vertices 0 to txns()-1 are transactions; those from txns() on are junctions, which stand for many edges at once: a
// path from a transaction over junctions to the next transaction is one edge, of the relation by which it left the
// first. Junctions are only entered by such an edge, and left by kInner ones.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace gyre {

// Relations, as bits.
enum Relation : uint8_t {
  kWw = 1,        // overwrites what the other wrote
  kWr = 2,        // read what the other wrote
  kRw = 4,        // overwrites what the other read
  kProcess = 8,   // later in the same process
  kRealtime = 16, // began after the other had completed
  kInner = 32,    // from a junction
};
using Relations = uint8_t;

struct TxnEdge {
  uint32_t from = 0;
  uint32_t to = 0;
  Relation relation = kWw;
};

class TxnGraph {
 public:
  explicit TxnGraph(uint32_t txns) : txns_(txns), vertices_(txns) {}

  // Edges from a transaction to itself are left out.
  void Link(uint32_t from, uint32_t to, Relation relation) {
    if (from != to) edges_.push_back({from, to, relation});
  }
  uint32_t AddJunction() { return vertices_++; }
  // Links all of `from` to all of `to`, and none to itself, with as many edges as there are of both. Neither holds one
  // twice.
  void LinkAllToAll(absl::Span<const uint32_t> from, absl::Span<const uint32_t> to, Relation relation);

  uint32_t txns() const { return txns_; }
  uint32_t vertices() const { return vertices_; }
  size_t edge_count() const { return edges_.size(); }
  // No edges yet.
  bool empty() const { return edges_.empty(); }

  // Sorts the edges by where they begin; Out may be called then. If more are added, not until it is frozen again.
  void Freeze();
  absl::Span<const TxnEdge> Out(uint32_t vertex) const {
    return {edges_.data() + rows_[vertex], rows_[vertex + 1] - rows_[vertex]};
  }

 private:
  void LinkThroughJunctions(absl::Span<const uint32_t> from, absl::Span<const uint32_t> to, Relation relation);

  uint32_t txns_;
  uint32_t vertices_;
  std::vector<TxnEdge> edges_;
  std::vector<uint32_t> rows_;
};

// The strong component of each vertex by edges of `allowed` and those of junctions (Tarjan 1972, without recursion),
// numbered in the order in which the search leaves them: if one component reaches another, the other one's number is
// the lower one.
struct Numbering {
  std::vector<uint32_t> component;  // by vertex
  std::vector<uint32_t> least;      // by component: the least number that it reaches
};
// From which end vertices and their edges are taken: two different orders of the same components.
enum class Order : uint8_t { kForward, kBackward };
Numbering NumberComponents(const TxnGraph& graph, Relations allowed, Order order);

// The components of two vertices or more. Each is ascending, and they by their first member.
std::vector<std::vector<uint32_t>> StrongComponents(const TxnGraph& graph, Relations allowed);

}  // namespace gyre
