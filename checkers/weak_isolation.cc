// A history is of a weak level if its transactions can be ordered, as if they committed one after the other, so that
// whoever reads comes after whom it reads from (wr), each process's transactions stay in their order (so, where
// processes count), and no read is overtaken: if T3 reads x from T1, another writer T2 of x that T3 knows of
// committed before T1. The levels differ in what a transaction knows of when it reads:
//
//   read committed: what it has read from so far
//   read atomic: whatever it reads from, and what comes before it in its process
//   causal: all that comes before it by wr and so
//
// Each such T2 gives an edge T2 -> T1, and the order exists if and only if these edges with wr and so have no cycle:
// for these levels the edges do not depend on the order that is chosen. That is decided in linear time; what costs is
// finding the edges, of which only those are drawn that others do not imply:
//
//   read committed: for each writer that was read from, the keys that it wrote and that are read later; the smaller of
//   the two sets is gone through, which makes O(n^1.5) in all
//   read atomic: the same for all keys, and in each process the last writer of the key only
//   causal: in each chain of transactions that know of each other the last writer of the key that is known, from clocks
//     of chains (chain_clocks.h): O(n * chains) at worst, and hardly more than n where chains that have ended stay as
//     they are
//
// Transactions are those that ended as :ok; what others wrote and somebody read is a vertex without edges into it.
#include "checkers/weak_isolation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "checkers/chain_clocks.h"
#include "checkers/cycle_search.h"
#include "checkers/txn_cycles.h"
#include "checkers/txn_graph.h"
#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr uint32_t kNoTxn = 0xffffffff;
// In place of a transaction: what was there before all of them.
constexpr uint32_t kInitialState = 0xfffffffe;
// If what comes before transactions took more room than so many nodes of SharedClocks, causality is not judged.
constexpr uint64_t kMostNodes = 8'000'000;

enum class Level : uint8_t { kReadCommitted, kReadAtomic, kCausal };
enum class Processes : uint8_t { kIgnored, kOrdered };

constexpr const char* kKinds[] = {"read-committed-cycle", "read-atomic-cycle", "causal-cycle"};

// Why `earlier` committed before `later`: `reader` read the key from `later` though it knew of `earlier`, which wrote
// it too.
struct Overtaken {
  uint32_t earlier = 0;
  uint32_t later = 0;
  uint32_t reader = 0;
  uint32_t key = 0;

  friend bool operator<(const Overtaken& a, const Overtaken& b) {
    return std::tie(a.earlier, a.later, a.reader, a.key) < std::tie(b.earlier, b.later, b.reader, b.key);
  }
};

// A read of what the transaction has not written itself.
struct OuterRead {
  uint32_t key = 0;
  uint32_t place = 0;  // in the transaction
  uint32_t from = 0;   // who wrote it; kInitialState, or kNoTxn if nobody is known

  friend bool operator<(const OuterRead& a, const OuterRead& b) {
    return std::tie(a.key, a.place) < std::tie(b.key, b.place);
  }
};

class WeakIsolation {
 public:
  WeakIsolation(const TxnHistory& txns, const RegisterAccesses& accesses)
      : txns_(txns), accesses_(accesses), previous_(txns.txns().size(), kNoTxn), process_(txns.txns().size(), 0),
        writer_(txns.version_count(), kNoTxn) {
    IndexProcesses();
    for (uint32_t txn = 0; txn < txns.txns().size(); ++txn) {
      if (!txns.txns()[txn].possible()) continue;
      for (const Access& access : accesses.of(txn)) {
        if (access.write.has_value()) writer_[*access.write] = txn;
      }
    }
    IndexReads();
  }

  // A cycle that the level does not allow, or nothing; and its edges that no client saw.
  std::optional<Cycle> FindCycle(Level level, Processes processes, std::vector<Overtaken>* overtaken) const {
    overtaken->clear();
    if (level == Level::kReadCommitted) KnownFromReadsSoFar(overtaken);
    if (level == Level::kReadAtomic) KnownFromReadsAndProcess(processes, overtaken);
    if (level == Level::kCausal && !KnownCausally(processes, overtaken)) return std::nullopt;
    std::sort(overtaken->begin(), overtaken->end());
    // Nothing comes before the initial state.
    for (const Overtaken& edge : *overtaken) {
      if (edge.later == kInitialState) return Cycle{{edge.earlier, kWw}};
    }
    TxnGraph graph(static_cast<uint32_t>(txns_.txns().size()));
    LinkSeen(processes, &graph);
    for (size_t i = 0; i < overtaken->size(); ++i) {
      const Overtaken& edge = (*overtaken)[i];
      if (i > 0 && (*overtaken)[i - 1].earlier == edge.earlier && (*overtaken)[i - 1].later == edge.later) continue;
      graph.Link(edge.earlier, edge.later, kWw);
    }
    graph.Freeze();
    return ShortCycle(graph);
  }

 private:
  void IndexProcesses() {
    absl::flat_hash_map<int32_t, uint32_t> numbers;
    std::vector<uint32_t> last;
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (txns_.txns()[txn].type != OpType::kOk) continue;
      const auto [found, is_new] = numbers.try_emplace(txns_.txns()[txn].process.value(),
                                                       static_cast<uint32_t>(numbers.size()));
      if (is_new) last.push_back(kNoTxn);
      process_[txn] = found->second;
      previous_[txn] = last[found->second];
      last[found->second] = txn;
    }
  }

  // By transaction, each by key and place.
  void IndexReads() {
    std::vector<uint32_t> written(txns_.key_count(), kNoTxn);  // by key: the last transaction that wrote it
    read_rows_.push_back(0);
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      const absl::Span<const Mop> mops = txns_.mops(txn);
      for (uint32_t i = 0; i < mops.size() && txns_.txns()[txn].type == OpType::kOk; ++i) {
        if (mops[i].kind == MopKind::kWrite) {
          written[mops[i].key] = txn;
        } else if (written[mops[i].key] != txn) {
          reads_.push_back({mops[i].key, i, mops[i].null ? kInitialState : writer_[mops[i].version]});
        }
      }
      std::sort(reads_.begin() + read_rows_.back(), reads_.end());
      read_rows_.push_back(static_cast<uint32_t>(reads_.size()));
    }
  }

  absl::Span<const OuterRead> ReadsOf(uint32_t txn) const {
    return {reads_.data() + read_rows_[txn], read_rows_[txn + 1] - read_rows_[txn]};
  }
  static bool IsTxn(uint32_t from) { return from < kInitialState; }

  void LinkSeen(Processes processes, TxnGraph* graph) const {
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (processes == Processes::kOrdered && previous_[txn] != kNoTxn) graph->Link(previous_[txn], txn, kProcess);
      for (const OuterRead& read : ReadsOf(txn)) {
        if (IsTxn(read.from)) graph->Link(read.from, txn, kWr);
      }
    }
  }

  // T3 knows of T2 when it does what comes from `place` on: what T2 wrote and T3 reads then is overtaken.
  void Overtake(uint32_t t2, uint32_t t3, uint32_t place, std::vector<Overtaken>* out) const {
    const absl::Span<const Access> written = accesses_.of(t2);
    const absl::Span<const OuterRead> reads = ReadsOf(t3);
    const auto take = [&](const OuterRead& read) {
      if (read.place >= place && read.from != t2 && read.from != kNoTxn) out->push_back({t2, read.from, t3, read.key});
    };
    if (written.size() > reads.size()) {
      for (const OuterRead& read : reads) {
        const Access* theirs = accesses_.Find(t2, read.key);
        if (theirs != nullptr && theirs->write.has_value()) take(read);
      }
      return;
    }
    for (const Access& theirs : written) {
      if (!theirs.write.has_value()) continue;
      const OuterRead first{theirs.key, place, 0};
      for (auto read = std::lower_bound(reads.begin(), reads.end(), first);
           read != reads.end() && read->key == theirs.key; ++read) {
        take(*read);
      }
    }
  }

  // Each transaction that is read from, with the place of the first such read.
  std::vector<std::pair<uint32_t, uint32_t>> SourcesOf(uint32_t txn) const {
    std::vector<std::pair<uint32_t, uint32_t>> sources;
    for (const OuterRead& read : ReadsOf(txn)) {
      if (IsTxn(read.from) && read.from != txn) sources.emplace_back(read.from, read.place);
    }
    std::sort(sources.begin(), sources.end());
    sources.erase(std::unique(sources.begin(), sources.end(),
                              [](const auto& a, const auto& b) { return a.first == b.first; }),
                  sources.end());
    return sources;
  }

  void KnownFromReadsSoFar(std::vector<Overtaken>* out) const {
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      for (const auto& [from, place] : SourcesOf(txn)) Overtake(from, txn, place + 1, out);
    }
  }

  void KnownFromReadsAndProcess(Processes processes, std::vector<Overtaken>* out) const {
    absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint32_t> last;  // by process and key: who wrote it last
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      for (const auto& [from, place] : SourcesOf(txn)) Overtake(from, txn, 0, out);
      if (processes == Processes::kIgnored || txns_.txns()[txn].type != OpType::kOk) continue;
      for (const OuterRead& read : ReadsOf(txn)) {
        const auto found = last.find({process_[txn], read.key});
        if (found != last.end() && found->second != read.from && read.from != kNoTxn) {
          out->push_back({found->second, read.from, txn, read.key});
        }
      }
      for (const Access& access : accesses_.of(txn)) {
        if (access.write.has_value()) last[{process_[txn], access.key}] = txn;
      }
    }
  }

  // False: it would take more room than there is, or wr and so themselves have a cycle, which leaves nothing to be
  // known.
  bool KnownCausally(Processes processes, std::vector<Overtaken>* out) const {
    TxnGraph graph(static_cast<uint32_t>(txns_.txns().size()));
    LinkSeen(processes, &graph);
    graph.Freeze();
    const std::vector<bool> chained = Certain();
    ChainClocks clocks(graph, chained);
    std::vector<KeyWriters> writers(txns_.key_count());
    return clocks.Run(ChainClocks::Keep::kWhileNeeded, kMostNodes, [&](uint32_t txn) {
      for (const OuterRead& read : ReadsOf(txn)) {
        if (read.from != kNoTxn) OvertakeCausally(clocks, txn, read, writers[read.key], out);
      }
      if (!chained[txn]) return;
      for (const Access& access : accesses_.of(txn)) {
        if (access.write.has_value()) AddWriter(clocks, txn, &writers[access.key]);
      }
    });
  }

  // By transaction: it ended as :ok, or somebody read from it.
  std::vector<bool> Certain() const {
    std::vector<bool> certain(txns_.txns().size(), false);
    for (uint32_t txn = 0; txn < certain.size(); ++txn) {
      if (txns_.txns()[txn].type == OpType::kOk) certain[txn] = true;
      for (const OuterRead& read : ReadsOf(txn)) {
        if (IsTxn(read.from)) certain[read.from] = true;
      }
    }
    return certain;
  }

  // Those of a chain that wrote a key, in its order.
  struct ChainWriters {
    uint32_t chain = 0;
    std::vector<uint32_t> txns;
  };
  using KeyWriters = std::vector<ChainWriters>;

  static void AddWriter(const ChainClocks& clocks, uint32_t txn, KeyWriters* writers) {
    const uint32_t chain = clocks.chain(txn);
    const auto found = std::find_if(writers->begin(), writers->end(), [&](const ChainWriters& w) {
      return w.chain == chain;
    });
    (found != writers->end() ? *found : writers->emplace_back(ChainWriters{chain, {}})).txns.push_back(txn);
  }

  // Of each chain the last writer of the key that is known.
  static void OvertakeCausally(const ChainClocks& clocks, uint32_t txn, const OuterRead& read,
                               const KeyWriters& writers, std::vector<Overtaken>* out) {
    for (const ChainWriters& of_chain : writers) {
      const uint32_t known = clocks.CountBefore(txn, of_chain.chain);
      const auto unknown = std::partition_point(of_chain.txns.begin(), of_chain.txns.end(),
                                                [&](uint32_t writer) { return clocks.place(writer) < known; });
      if (unknown == of_chain.txns.begin() || *(unknown - 1) == read.from) continue;
      out->push_back({*(unknown - 1), read.from, txn, read.key});
    }
  }

  const TxnHistory& txns_;
  const RegisterAccesses& accesses_;
  std::vector<uint32_t> previous_;  // in the same process
  std::vector<uint32_t> process_;   // numbered from 0
  std::vector<uint32_t> writer_;    // by version
  std::vector<uint32_t> read_rows_;  // by transaction: its reads begin here
  std::vector<OuterRead> reads_;
};

class WeakExplainer {
 public:
  WeakExplainer(const TxnHistory& txns, const RegisterAccesses& accesses, const CyclesOptions& cycles,
                const std::vector<Overtaken>& overtaken)
      : txns_(txns), accesses_(accesses), cycles_(cycles), overtaken_(overtaken) {}

  TxnFinding Explain(const Cycle& cycle) const {
    return TellContradiction(
        cycles_, Concat("no order of commits explains ", cycle.size(), " transactions"), {}, cycle,
        [&](const OrderStep& step, TxnNames* names) {
          return ReasonOf(step, names->Of(step.from), names->Of(step.to));
        });
  }

 private:
  StepReason ReasonOf(const OrderStep& step, const std::string& a, const std::string& b) const {
    if (step.relation == kProcess) return ReasonOfClients(cycles_, step, a, b);
    if (step.relation == kWr) {
      for (const Mop& mop : txns_.mops(step.to)) {
        const Access* theirs = accesses_.Find(step.from, mop.key);
        if (mop.kind != MopKind::kRead || mop.null || theirs == nullptr || theirs->write != mop.version) continue;
        const Json& value = txns_.value(mop.version);
        return {Json::ObjectOf({{"type", ":wr"}, {"key", txns_.key(mop.key)}, {"value", value}}),
                Concat(a, " wrote ", Shortened(txns_.key(mop.key)), " = ", Shortened(value), ", which was read by ",
                       b)};
      }
    }
    // A cycle of one comes before the initial state.
    const bool initial = step.from == step.to;
    const Overtaken& why = *std::lower_bound(overtaken_.begin(), overtaken_.end(),
                                             Overtaken{step.from, initial ? kInitialState : step.to, 0, 0});
    const std::string key = Shortened(txns_.key(why.key));
    const uint32_t reader = txns_.txns()[why.reader].entry;
    return {Json::ObjectOf({{"type", ":co"}, {"key", txns_.key(why.key)},
                            {"reader", Positions(txns_.history(), reader)}}),
            Concat(DescribeTxn(txns_.history(), reader, *cycles_.options), " knew of ", a, ", which wrote ", key,
                   ", and yet read ", initial ? Concat("the initial state of ", key) : Concat(key, " from ", b))};
  }

  const TxnHistory& txns_;
  const RegisterAccesses& accesses_;
  const CyclesOptions& cycles_;
  const std::vector<Overtaken>& overtaken_;
};

}  // namespace

void FindWeakIsolationAnomalies(const TxnHistory& txns, const RegisterAccesses& accesses,
                                const CyclesOptions& cycles, Sessions sessions, TxnFindings* findings) {
  const WeakIsolation weak(txns, accesses);
  for (const Processes processes : {Processes::kIgnored, Processes::kOrdered}) {
    for (const Level level : {Level::kReadCommitted, Level::kReadAtomic, Level::kCausal}) {
      const std::string kind =
          Concat(kKinds[static_cast<size_t>(level)], processes == Processes::kOrdered ? "-process" : "");
      if (findings->ShowsNothingNew(kind, sessions)) continue;
      std::vector<Overtaken> overtaken;
      const std::optional<Cycle> cycle = weak.FindCycle(level, processes, &overtaken);
      if (!cycle.has_value()) continue;
      findings->Add(kind, WeakExplainer(txns, accesses, cycles, overtaken).Explain(*cycle));
      break;
    }
  }
}

}  // namespace gyre
