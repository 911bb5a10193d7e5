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
//   causal: in each process the last writer of the key that is known, from vector clocks: O(n * processes)
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
// Clocks are made for so many processes at a time.
constexpr size_t kClocksAtATime = 64;
// If they had more entries than this in all, causality is not judged; nor where without processes more steps
// would have to be gone back.
constexpr uint64_t kMostClockEntries = 1'000'000'000;
constexpr uint64_t kMostStepsBack = 5'000'000;

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
        place_(txns.txns().size(), 0), writer_(txns.version_count(), kNoTxn) {
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
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (txns_.txns()[txn].type != OpType::kOk) continue;
      const auto [found, is_new] = numbers.try_emplace(txns_.txns()[txn].process.value(),
                                                       static_cast<uint32_t>(numbers.size()));
      if (is_new) sessions_.emplace_back();
      std::vector<uint32_t>& session = sessions_[found->second];
      process_[txn] = found->second;
      place_[txn] = static_cast<uint32_t>(session.size());
      if (!session.empty()) previous_[txn] = session.back();
      session.push_back(txn);
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

  // False: it would take more room than there is. A cycle of wr and so itself leaves nothing to be known.
  bool KnownCausally(Processes processes, std::vector<Overtaken>* out) const {
    if (processes == Processes::kIgnored) return KnownByReachability(out);
    if (sessions_.size() * txns_.txns().size() > kMostClockEntries) return false;
    const std::optional<std::vector<uint32_t>> order = CausalOrder(processes);
    if (!order.has_value()) return true;
    const Writers writers = WritersByKey();
    std::vector<uint32_t> clocks(kClocksAtATime * txns_.txns().size());
    for (uint32_t first = 0; first < sessions_.size(); first += kClocksAtATime) {
      std::fill(clocks.begin(), clocks.end(), 0);
      for (const uint32_t txn : *order) SetClock(txn, first, &clocks);
      for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
        for (const OuterRead& read : ReadsOf(txn)) {
          if (read.from == kNoTxn) continue;
          OvertakeCausally(txn, read, clocks.data() + kClocksAtATime * txn, first, writers[read.key], out);
        }
      }
    }
    // Those that did not complete are of no process.
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      for (const auto& [from, place] : SourcesOf(txn)) {
        if (txns_.txns()[from].type != OpType::kOk) Overtake(from, txn, 0, out);
      }
    }
    return true;
  }

  // By transaction and process, for processes from `first` on: how many of the process's transactions come before it.
  void SetClock(uint32_t txn, uint32_t first, std::vector<uint32_t>* clocks) const {
    uint32_t* clock = clocks->data() + kClocksAtATime * txn;
    const auto join = [&](uint32_t from) {
      const uint32_t* other = clocks->data() + kClocksAtATime * from;
      for (size_t i = 0; i < kClocksAtATime; ++i) clock[i] = std::max(clock[i], other[i]);
      if (txns_.txns()[from].type != OpType::kOk || process_[from] < first) return;
      const uint32_t column = process_[from] - first;
      if (column < kClocksAtATime) clock[column] = std::max(clock[column], place_[from] + 1);
    };
    if (previous_[txn] != kNoTxn) join(previous_[txn]);
    for (const OuterRead& read : ReadsOf(txn)) {
      if (IsTxn(read.from)) join(read.from);
    }
  }

  // By key: transactions of each process that wrote it, in the process's order.
  using Writers = std::vector<std::vector<uint32_t>>;
  Writers WritersByKey() const {
    Writers writers(txns_.key_count());
    for (const std::vector<uint32_t>& session : sessions_) {
      for (const uint32_t txn : session) {
        for (const Access& access : accesses_.of(txn)) {
          if (access.write.has_value()) writers[access.key].push_back(txn);
        }
      }
    }
    return writers;
  }

  // `writers` are those of the key; the ones of one process lie together, and processes ascend.
  void OvertakeCausally(uint32_t txn, const OuterRead& read, const uint32_t* clock, uint32_t first,
                        const std::vector<uint32_t>& writers, std::vector<Overtaken>* out) const {
    for (size_t i = 0; i < writers.size();) {
      const uint32_t process = process_[writers[i]];
      // The last one that is known.
      uint32_t known = kNoTxn;
      for (; i < writers.size() && process_[writers[i]] == process; ++i) {
        if (process < first || process - first >= kClocksAtATime) continue;
        if (place_[writers[i]] < clock[process - first]) known = writers[i];
      }
      if (known != kNoTxn && known != read.from) out->push_back({known, read.from, txn, read.key});
    }
  }

  // Without processes each transaction is one of its own: what comes before a reader is searched backward over wr,
  // for the writers of its keys only, and no further than the keys' own writers are.
  bool KnownByReachability(std::vector<Overtaken>* out) const {
    std::vector<uint32_t> seen(txns_.txns().size(), kNoTxn);
    std::vector<uint32_t> left;
    uint64_t steps = 0;
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      left.clear();
      const auto visit = [&](uint32_t at) {
        for (const OuterRead& read : ReadsOf(at)) {
          if (!IsTxn(read.from) || seen[read.from] == txn) continue;
          seen[read.from] = txn;
          left.push_back(read.from);
        }
      };
      visit(txn);
      while (!left.empty()) {
        const uint32_t known = left.back();
        left.pop_back();
        if (++steps > kMostStepsBack) return false;
        if (known != txn) Overtake(known, txn, 0, out);
        visit(known);
      }
    }
    return true;
  }

  // Each transaction after those that it follows; nothing if there is a cycle.
  std::optional<std::vector<uint32_t>> CausalOrder(Processes processes) const {
    TxnGraph graph(static_cast<uint32_t>(txns_.txns().size()));
    LinkSeen(processes, &graph);
    graph.Freeze();
    const Numbering numbering = NumberComponents(graph, kWr | kProcess, Order::kForward);
    if (numbering.least.size() != txns_.txns().size()) return std::nullopt;
    std::vector<uint32_t> order(txns_.txns().size());
    for (uint32_t txn = 0; txn < order.size(); ++txn) order[order.size() - 1 - numbering.component[txn]] = txn;
    return order;
  }

  const TxnHistory& txns_;
  const RegisterAccesses& accesses_;
  std::vector<uint32_t> previous_;  // in the same process
  std::vector<uint32_t> process_;   // numbered from 0
  std::vector<uint32_t> place_;     // in the process
  std::vector<uint32_t> writer_;    // by version
  std::vector<std::vector<uint32_t>> sessions_;
  std::vector<uint32_t> read_rows_;  // by transaction: its reads begin here
  std::vector<OuterRead> reads_;
};

class WeakExplainer {
 public:
  WeakExplainer(const TxnHistory& txns, const RegisterAccesses& accesses, const CheckOptions& options,
                const std::vector<Overtaken>& overtaken)
      : txns_(txns), accesses_(accesses), options_(options), overtaken_(overtaken) {}

  TxnFinding Explain(const Cycle& cycle) const {
    Json::Array ops;
    Json::Array positions;
    Json::Array steps;
    std::string bindings;
    std::string text;
    std::vector<uint32_t> readers;
    for (size_t i = 0; i < cycle.size(); ++i) {
      const size_t next = (i + 1) % cycle.size();
      const std::string a = Concat("T", i + 1);
      const std::string b = Concat("T", next + 1);
      ops.push_back(ToJson(txns_.op(cycle[i].txn)));
      positions.push_back(Positions(txns_.history(), txns_.txns()[cycle[i].txn].entry));
      bindings += Concat("  ", a, " = ", Describe(cycle[i].txn), "\n");
      const StepReason reason = ReasonOf(cycle[i], cycle[next].txn, a, b);
      steps.push_back(reason.step);
      const bool last = next == 0;
      text += Concat("  - ", last ? "However, " : "", a, " < ", b, ", because ", reason.text,
                     last ? ": a contradiction!" : ".\n");
    }
    ops.push_back(ops.front());
    TxnFinding finding;
    finding.text = Concat("no order of commits explains ", cycle.size(), " transactions. Let:\n", bindings, "Then:\n",
                          text);
    finding.witness = Json::ObjectOf({{"cycle", std::move(positions)}, {"steps", steps}});
    finding.details = Json::ObjectOf({{"cycle", std::move(ops)}, {"steps", std::move(steps)}});
    return finding;
  }

 private:
  std::string Describe(uint32_t txn) const { return DescribeTxn(txns_.history(), txns_.txns()[txn].entry, options_); }

  StepReason ReasonOf(const CycleStep& step, uint32_t next, const std::string& a, const std::string& b) const {
    if (step.relation == kProcess) {
      const int32_t process = txns_.txns()[next].process.value();
      return {Json::ObjectOf({{"type", ":process"}, {"process", int64_t{process}}}),
              Concat("process ", process, " executed ", a, " before ", b)};
    }
    if (step.relation == kWr) {
      for (const Mop& mop : txns_.mops(next)) {
        const Access* theirs = accesses_.Find(step.txn, mop.key);
        if (mop.kind != MopKind::kRead || mop.null || theirs == nullptr || theirs->write != mop.version) continue;
        const Json& value = txns_.value(mop.version);
        return {Json::ObjectOf({{"type", ":wr"}, {"key", txns_.key(mop.key)}, {"value", value}}),
                Concat(a, " wrote ", Shortened(txns_.key(mop.key)), " = ", Shortened(value), ", which was read by ",
                       b)};
      }
    }
    // A cycle of one comes before the initial state.
    const bool initial = step.txn == next;
    const Overtaken& why = *std::lower_bound(overtaken_.begin(), overtaken_.end(),
                                             Overtaken{step.txn, initial ? kInitialState : next, 0, 0});
    const std::string key = Shortened(txns_.key(why.key));
    return {Json::ObjectOf({{"type", ":co"}, {"key", txns_.key(why.key)},
                            {"reader", Positions(txns_.history(), txns_.txns()[why.reader].entry)}}),
            Concat(Describe(why.reader), " knew of ", a, ", which wrote ", key, ", and yet read ",
                   initial ? Concat("the initial state of ", key) : Concat(key, " from ", b))};
  }

  const TxnHistory& txns_;
  const RegisterAccesses& accesses_;
  const CheckOptions& options_;
  const std::vector<Overtaken>& overtaken_;
};

}  // namespace

void FindWeakIsolationAnomalies(const TxnHistory& txns, const RegisterAccesses& accesses, const CheckOptions& options,
                                Sessions sessions, TxnFindings* findings) {
  const WeakIsolation weak(txns, accesses);
  for (const Processes processes : {Processes::kIgnored, Processes::kOrdered}) {
    for (const Level level : {Level::kReadCommitted, Level::kReadAtomic, Level::kCausal}) {
      const std::string kind =
          Concat(kKinds[static_cast<size_t>(level)], processes == Processes::kOrdered ? "-process" : "");
      if (findings->ShowsNothingNew(kind, sessions)) continue;
      std::vector<Overtaken> overtaken;
      const std::optional<Cycle> cycle = weak.FindCycle(level, processes, &overtaken);
      if (!cycle.has_value()) continue;
      findings->Add(kind, WeakExplainer(txns, accesses, options, overtaken).Explain(*cycle));
      break;
    }
  }
}

}  // namespace gyre
