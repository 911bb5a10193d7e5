// ChainClocks: which transactions of an acyclic graph come before which. They are laid into chains, each of whose
// members comes before the next one, as few as are easily found; for each transaction it is known how many of each
// chain come before it (Jagadish, "A Compression Technique to Materialize Transitive Closure", 1990). Borrows the
// graph. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "checkers/shared_clocks.h"
#include "checkers/txn_graph.h"

namespace gyre {

class ChainClocks {
 public:
  static constexpr uint32_t kNoChain = 0xffffffff;
  enum class Keep : uint8_t { kAll, kWhileNeeded };

  // `chained`: by transaction, whether it may be asked about as the earlier one.
  ChainClocks(const TxnGraph& graph, const std::vector<bool>& chained);

  // Goes through all transactions, each after those that come before it, and tells `visit` of each. What comes before
  // a transaction may be asked when it is visited and, with kAll, ever after. False if the graph has a cycle: those on
  // it and after it are not visited. Or if it takes more room than `most_nodes` of SharedClocks.
  bool Run(Keep keep, uint64_t most_nodes, absl::FunctionRef<void(uint32_t txn)> visit);

  // Makes `from` come before `to`, once Run has told all with kAll; known after Propagate.
  void Link(uint32_t from, uint32_t to);
  // Adds the transactions before which more comes now to `changed`. False if one comes before itself.
  bool Propagate(std::vector<uint32_t>* changed);

  uint32_t chain_count() const { return static_cast<uint32_t>(lengths_.size()); }
  uint32_t chain(uint32_t txn) const { return chain_[txn]; }
  uint32_t place(uint32_t txn) const { return place_[txn]; }  // in its chain
  // How many members of a chain come before `txn`.
  uint32_t CountBefore(uint32_t txn, uint32_t chain) const { return clocks_.Get(before_[txn], chain); }
  // REQUIRES: `a` is chained and was visited.
  bool Precedes(uint32_t a, uint32_t b) const { return CountBefore(b, chain_[a]) > place_[a]; }

 private:
  void Append(uint32_t txn);
  // Tells `to` what comes before `from`, and that `from` does. True if that is new.
  bool Tell(SharedClocks::Clock told, uint32_t to);
  SharedClocks::Clock WithItself(uint32_t vertex);
  bool IsAfterTail(uint32_t txn, uint32_t chain) const {
    return clocks_.Get(before_[txn], chain) == lengths_[chain];
  }

  const TxnGraph& graph_;
  const std::vector<bool>& chained_;
  SharedClocks clocks_;
  std::vector<SharedClocks::Clock> before_;  // by vertex
  std::vector<uint32_t> chain_;              // by transaction
  std::vector<uint32_t> place_;
  std::vector<uint32_t> hints_;  // by vertex: a chain whose last member may come before it
  std::vector<uint32_t> visited_;  // by vertex: as which
  std::vector<uint32_t> lengths_;
  uint32_t cursor_ = 0;
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> linked_;  // by from; looked up only
  std::vector<uint32_t> told_more_;                              // since the last Propagate
  std::vector<bool> is_told_more_;                               // by vertex
};

}  // namespace gyre
