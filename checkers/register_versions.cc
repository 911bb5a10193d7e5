#include "checkers/register_versions.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "checkers/txn_graph.h"

namespace gyre {
namespace {

// The version that a transaction left a key at, for those after it.
Slot LastOf(const Access& access) { return access.write.has_value() ? *access.write : *access.read; }

// The version that it found there, for those before it. A null that was read before a write tells nothing: Elle takes
// what was written.
Slot FirstOf(const Access& access, const RegisterAccesses& accesses) {
  if (!access.read.has_value()) return *access.write;
  return accesses.IsInitial(*access.read) && access.write.has_value() ? *access.write : *access.read;
}

bool IsKnown(const Access& access) { return access.read.has_value() || access.write.has_value(); }

// A transaction that completed, as far as a key is concerned.
struct Done {
  uint32_t completion = 0;
  Slot last = 0;
};

}  // namespace

RegisterVersions::RegisterVersions(const TxnHistory& txns, const RegisterAccesses& accesses,
                                   const IsolationOptions& options)
    : txns_(txns), accesses_(accesses) {
  Edges all;
  Take("initial-state", AfterInitial(), &all);
  if (options.writes_follow_reads) Take("wfr-keys", WritesFollowReads(), &all);
  if (options.sequential_keys) Take("sequential-keys", Sequential(), &all);
  if (options.linearizable_keys) Take("linearizable-keys", Linearizable(), &all);
  Lay(all);
}

RegisterVersions::Edges RegisterVersions::AfterInitial() const {
  std::vector<bool> seen(accesses_.slots(), false);
  Edges edges;
  const auto take = [&](const std::optional<Slot>& slot) {
    if (!slot.has_value() || accesses_.IsInitial(*slot) || seen[*slot]) return;
    seen[*slot] = true;
    edges.emplace_back(accesses_.InitialOf(accesses_.KeyOf(*slot)), *slot);
  };
  for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
    for (const Access& access : accesses_.of(txn)) {
      take(access.write);
      take(access.read);
    }
  }
  return edges;
}

RegisterVersions::Edges RegisterVersions::WritesFollowReads() const {
  Edges edges;
  for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
    for (const Access& access : accesses_.of(txn)) {
      if (!access.read.has_value() || accesses_.IsInitial(*access.read) || !access.write.has_value()) continue;
      edges.emplace_back(*access.read, *access.write);
    }
  }
  return edges;
}

RegisterVersions::Edges RegisterVersions::Sequential() const {
  absl::flat_hash_map<std::pair<int32_t, uint32_t>, Slot> last;  // by process and key
  Edges edges;
  for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
    if (txns_.txns()[txn].type != OpType::kOk) continue;
    for (const Access& access : accesses_.of(txn)) {
      const auto [found, is_first] =
          last.try_emplace({txns_.txns()[txn].process.value(), access.key}, LastOf(access));
      if (!is_first) edges.emplace_back(found->second, FirstOf(access, accesses_));
      found->second = LastOf(access);
    }
  }
  return edges;
}

// By key: those that completed last, none of which began after another one of them had completed. A transaction that
// begins comes after all of them; once it completes, it stands for those.
RegisterVersions::Edges RegisterVersions::Linearizable() const {
  const History& history = txns_.history();
  std::vector<uint32_t> txn_of(history.size(), 0xffffffff);
  for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
    txn_of[txns_.txns()[txn].entry] = txn;
    if (txns_.txns()[txn].invocation != History::kNone) txn_of[txns_.txns()[txn].invocation] = txn;
  }
  std::vector<std::vector<Done>> frontier(txns_.key_count());
  Edges edges;
  for (uint32_t i = 0; i < history.size(); ++i) {
    if (txn_of[i] == 0xffffffff) continue;
    const Txn& txn = txns_.txns()[txn_of[i]];
    for (const Access& access : accesses_.of(txn_of[i])) {
      std::vector<Done>& done = frontier[access.key];
      if (i == txn.invocation && i != txn.entry && IsKnown(access)) {
        for (const Done& each : done) edges.emplace_back(each.last, FirstOf(access, accesses_));
      } else if (i == txn.entry && txn.type == OpType::kOk) {
        const uint32_t began = txn.invocation == History::kNone ? i : txn.invocation;
        if (txn.invocation != History::kNone) {
          std::erase_if(done, [&](const Done& each) { return each.completion < began; });
        }
        done.push_back({i, LastOf(access)});
      }
    }
  }
  return edges;
}

void RegisterVersions::Take(const char* name, Edges edges, Edges* all) {
  std::erase_if(edges, [](const auto& edge) { return edge.first == edge.second; });
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  TxnGraph graph(accesses_.slots());
  for (const auto& [from, to] : *all) graph.Link(from, to, kWw);
  for (const auto& [from, to] : edges) graph.Link(from, to, kWw);
  graph.Freeze();
  std::vector<std::string> sources = sources_;
  sources.emplace_back(name);
  bool is_cyclic = false;
  for (std::vector<uint32_t>& slots : StrongComponents(graph, kWw)) {
    is_cyclic = true;
    cyclic_.push_back({accesses_.KeyOf(slots[0]), std::move(slots), sources});
  }
  if (is_cyclic) return;
  sources_ = std::move(sources);
  all->insert(all->end(), edges.begin(), edges.end());
}

void RegisterVersions::Lay(const Edges& edges) {
  Edges sorted = edges;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  rows_.assign(accesses_.slots() + 1, 0);
  after_.reserve(sorted.size());
  for (const auto& [from, to] : sorted) {
    ++rows_[from + 1];
    after_.push_back(to);
  }
  for (size_t i = 1; i < rows_.size(); ++i) rows_[i] += rows_[i - 1];
}

bool RegisterVersions::ComesAfter(Slot slot, Slot other) const {
  const absl::Span<const Slot> after = After(slot);
  return std::binary_search(after.begin(), after.end(), other);
}

}  // namespace gyre
