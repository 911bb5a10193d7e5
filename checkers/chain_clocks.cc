#include "checkers/chain_clocks.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace gyre {
namespace {

// So many chains are tried before a new one begins.
constexpr uint32_t kMostTried = 64;

}  // namespace

ChainClocks::ChainClocks(const TxnGraph& graph, const std::vector<bool>& chained)
    : graph_(graph), chained_(chained), before_(graph.vertices(), SharedClocks::kNothing),
      chain_(graph.txns(), kNoChain), place_(graph.txns(), 0), hints_(graph.vertices(), kNoChain),
      visited_(graph.vertices(), 0) {}

void ChainClocks::Append(uint32_t txn) {
  uint32_t chain = hints_[txn];
  if (chain == kNoChain || !IsAfterTail(txn, chain)) {
    chain = kNoChain;
    const auto count = static_cast<uint32_t>(lengths_.size());
    for (uint32_t tries = std::min(count, kMostTried); tries > 0 && chain == kNoChain; --tries) {
      cursor_ = cursor_ + 1 < count ? cursor_ + 1 : 0;
      if (IsAfterTail(txn, cursor_)) chain = cursor_;
    }
  }
  if (chain == kNoChain) {
    chain = static_cast<uint32_t>(lengths_.size());
    if (chain == clocks_.chains()) clocks_.Grow(&before_);
    lengths_.push_back(0);
  }
  chain_[txn] = chain;
  place_[txn] = lengths_[chain]++;
}

SharedClocks::Clock ChainClocks::WithItself(uint32_t vertex) {
  if (vertex >= graph_.txns() || !chained_[vertex]) return clocks_.Hold(before_[vertex]);
  return clocks_.With(before_[vertex], chain_[vertex], place_[vertex] + 1);
}

bool ChainClocks::Tell(SharedClocks::Clock told, uint32_t to) {
  const SharedClocks::Clock joined = clocks_.Join(before_[to], told);
  const bool is_new = joined != before_[to];
  clocks_.Drop(before_[to]);
  before_[to] = joined;
  return is_new;
}

void ChainClocks::Link(uint32_t from, uint32_t to) {
  linked_[from].push_back(to);
  told_more_.push_back(from);
}

bool ChainClocks::Propagate(std::vector<uint32_t>* changed) {
  is_told_more_.resize(graph_.vertices(), false);
  std::vector<bool> is_changed(graph_.txns(), false);
  bool is_acyclic = true;
  // In the order of the visits, so that most tell all that they are told at once.
  std::priority_queue<std::pair<uint32_t, uint32_t>, std::vector<std::pair<uint32_t, uint32_t>>, std::greater<>> queue;
  const auto enqueue = [&](uint32_t v) {
    if (!is_told_more_[v]) queue.emplace(visited_[v], v);
    is_told_more_[v] = true;
  };
  for (const uint32_t v : told_more_) enqueue(v);
  told_more_.clear();
  while (!queue.empty()) {
    const uint32_t v = queue.top().second;
    queue.pop();
    is_told_more_[v] = false;
    const SharedClocks::Clock told = WithItself(v);
    const auto tell = [&](uint32_t to) {
      if (!Tell(told, to)) return;
      enqueue(to);
      if (to >= graph_.txns()) return;
      is_acyclic = is_acyclic && !(chained_[to] && Precedes(to, to));
      if (!is_changed[to]) changed->push_back(to);
      is_changed[to] = true;
    };
    for (const TxnEdge& edge : graph_.Out(v)) tell(edge.to);
    if (const auto more = linked_.find(v); more != linked_.end()) {
      for (const uint32_t to : more->second) tell(to);
    }
    clocks_.Drop(told);
    if (!is_acyclic) return false;
  }
  return true;
}

bool ChainClocks::Run(Keep keep, uint64_t most_nodes, absl::FunctionRef<void(uint32_t txn)> visit) {
  std::vector<uint32_t> waits_for(graph_.vertices(), 0);  // edges from those that were not visited
  for (uint32_t v = 0; v < graph_.vertices(); ++v) {
    for (const TxnEdge& edge : graph_.Out(v)) ++waits_for[edge.to];
  }
  std::vector<uint32_t> ready;
  for (uint32_t v = 0; v < graph_.vertices(); ++v) {
    if (waits_for[v] == 0) ready.push_back(v);
  }
  for (size_t i = 0; i < ready.size(); ++i) {
    const uint32_t v = ready[i];
    const bool is_txn = v < graph_.txns();
    const bool is_chained = is_txn && chained_[v];
    visited_[v] = static_cast<uint32_t>(i);
    if (is_chained) Append(v);
    if (is_txn) visit(v);
    const uint32_t hint = is_chained ? chain_[v] : hints_[v];
    const SharedClocks::Clock told = WithItself(v);
    for (const TxnEdge& edge : graph_.Out(v)) {
      Tell(told, edge.to);
      hints_[edge.to] = hint;
      if (--waits_for[edge.to] == 0) ready.push_back(edge.to);
    }
    clocks_.Drop(told);
    if (keep == Keep::kWhileNeeded) {
      clocks_.Drop(before_[v]);
      before_[v] = SharedClocks::kNothing;
    }
    if (clocks_.nodes() > most_nodes) return false;
  }
  return ready.size() == graph_.vertices();
}

}  // namespace gyre
