#include "checkers/list_append.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkers/list_append_reads.h"
#include "checkers/list_versions.h"
#include "checkers/txn_cycles.h"
#include "checkers/txn_graph.h"
#include "checkers/txn_history.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

// Who read and who wrote what, and the edges that follow.
class ListGraph {
 public:
  ListGraph(const TxnHistory& txns, const ListVersions& versions)
      : txns_(txns), versions_(versions), writers_(txns.version_count(), kNoTxn) {
    for (uint32_t txn = 0; txn < txns.txns().size(); ++txn) {
      if (!txns.txns()[txn].possible()) continue;
      for (const Mop& mop : txns.mops(txn)) {
        if (mop.kind == MopKind::kWrite) writers_[mop.version] = txn;
      }
    }
    IndexReaders();
  }

  TxnGraph Make() const {
    TxnGraph graph(static_cast<uint32_t>(txns_.txns().size()));
    // By key: those whose appends nobody read. They follow all that was read, in an order that is not known.
    std::vector<std::vector<uint32_t>> unread(txns_.key_count());
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (!txns_.txns()[txn].possible()) continue;
      for (const Mop& mop : txns_.mops(txn)) {
        if (mop.kind == MopKind::kRead) {
          LinkRead(mop, txn, &graph);
        } else {
          LinkAppend(mop, txn, &graph, &unread[mop.key]);
        }
      }
    }
    for (uint32_t key = 0; key < txns_.key_count(); ++key) {
      std::vector<uint32_t>& after = unread[key];
      if (after.empty()) continue;
      after.erase(std::unique(after.begin(), after.end()), after.end());
      const absl::Span<const uint32_t> order = versions_.order(key);
      graph.LinkAllToAll(ReadersOf(key, order.empty() ? kNoVersion : order.back()), after, kRw);
    }
    return graph;
  }

  std::optional<StepReason> Reason(uint32_t a, uint32_t b, Relation relation, std::string_view a_name,
                                   std::string_view b_name) const {
    const absl::Span<const Mop> mops = txns_.mops(b);
    for (uint32_t i = 0; i < mops.size(); ++i) {
      const Mop& mop = mops[i];
      if (mop.kind == MopKind::kRead && relation == kWr && mop.length > 0 && a != b &&
          writers_[txns_.elements(mop).back()] == a) {
        return ReasonWr(a, mop, i, a_name, b_name);
      }
      if (mop.kind == MopKind::kRead) continue;
      const uint32_t previous = versions_.Previous(mop.version);
      if (relation == kWw && previous != kNoVersion && a != b && writers_[previous] == a) {
        return ReasonWw(a, previous, mop, i, a_name, b_name);
      }
      if (relation == kRw && a != b && ReadIt(a, mop.key, previous).has_value()) {
        return ReasonRw(a, previous, mop, i, a_name, b_name);
      }
    }
    return std::nullopt;
  }

 private:
  // The version that a read shows to be the last one; the empty list of a key has a place after all versions. Reads of
  // null by those that did not complete tell nothing.
  std::optional<uint32_t> SlotOf(const Txn& txn, const Mop& read) const {
    if (read.length > 0) return txns_.elements(read).back();
    if (read.null && txn.type == OpType::kInfo) return std::nullopt;
    return txns_.version_count() + read.key;
  }

  void IndexReaders() {
    std::vector<std::pair<uint32_t, uint32_t>> reads;  // slot, transaction
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (!txns_.txns()[txn].possible()) continue;
      for (const Mop& mop : txns_.mops(txn)) {
        if (mop.kind != MopKind::kRead) continue;
        if (const auto slot = SlotOf(txns_.txns()[txn], mop)) reads.emplace_back(*slot, txn);
      }
    }
    rows_.assign(txns_.version_count() + txns_.key_count() + 1, 0);
    for (const auto& [slot, txn] : reads) ++rows_[slot + 1];
    for (size_t i = 1; i < rows_.size(); ++i) rows_[i] += rows_[i - 1];
    readers_.resize(reads.size());
    std::vector<uint32_t> next(rows_.begin(), rows_.end() - 1);
    for (const auto& [slot, txn] : reads) {
      // In the order of transactions, so that one that read twice stands next to itself.
      uint32_t& place = next[slot];
      if (place > rows_[slot] && readers_[place - 1] == txn) continue;
      readers_[place++] = txn;
    }
    ends_ = std::move(next);
  }

  absl::Span<const uint32_t> ReadersOf(uint32_t key, uint32_t version) const {
    const uint32_t slot = version == kNoVersion ? txns_.version_count() + key : version;
    return {readers_.data() + rows_[slot], ends_[slot] - rows_[slot]};
  }

  void LinkRead(const Mop& read, uint32_t txn, TxnGraph* graph) const {
    if (read.length == 0) return;
    const uint32_t writer = writers_[txns_.elements(read).back()];
    if (writer != kNoTxn) graph->Link(writer, txn, kWr);
  }

  void LinkAppend(const Mop& append, uint32_t txn, TxnGraph* graph, std::vector<uint32_t>* unread) const {
    const uint32_t previous = versions_.Previous(append.version);
    if (previous != kNoVersion && writers_[previous] != kNoTxn) graph->Link(writers_[previous], txn, kWw);
    if (!versions_.WasRead(append.version)) {
      unread->push_back(txn);
    } else {
      for (const uint32_t reader : ReadersOf(append.key, previous)) graph->Link(reader, txn, kRw);
    }
  }

  // The place of the micro-operation by which a transaction read that version of a key.
  std::optional<uint32_t> ReadIt(uint32_t txn, uint32_t key, uint32_t version) const {
    const uint32_t wanted = version == kNoVersion ? txns_.version_count() + key : version;
    const absl::Span<const Mop> mops = txns_.mops(txn);
    for (uint32_t i = 0; i < mops.size(); ++i) {
      if (mops[i].kind == MopKind::kRead && mops[i].key == key && SlotOf(txns_.txns()[txn], mops[i]) == wanted) {
        return i;
      }
    }
    return std::nullopt;
  }

  Json PlaceOfAppend(uint32_t txn, uint32_t version) const {
    const absl::Span<const Mop> mops = txns_.mops(txn);
    for (size_t i = 0; i < mops.size(); ++i) {
      if (mops[i].kind == MopKind::kWrite && mops[i].version == version) return static_cast<int64_t>(i);
    }
    return Json();
  }

  StepReason ReasonWr(uint32_t a, const Mop& read, uint32_t place, std::string_view a_name,
                      std::string_view b_name) const {
    const uint32_t element = txns_.elements(read).back();
    return {Json::ObjectOf({{"type", ":wr"},
                            {"key", txns_.key(read.key)},
                            {"value", txns_.value(element)},
                            {"a-mop-index", PlaceOfAppend(a, element)},
                            {"b-mop-index", int64_t{place}}}),
            Concat(b_name, " observed ", a_name, "'s append of ", Shortened(txns_.value(element)), " to key ",
                   Shortened(txns_.key(read.key)))};
  }

  StepReason ReasonWw(uint32_t a, uint32_t previous, const Mop& append, uint32_t place, std::string_view a_name,
                      std::string_view b_name) const {
    return {Json::ObjectOf({{"type", ":ww"},
                            {"key", txns_.key(append.key)},
                            {"value", txns_.value(previous)},
                            {"value'", txns_.value(append.version)},
                            {"a-mop-index", PlaceOfAppend(a, previous)},
                            {"b-mop-index", int64_t{place}}}),
            Concat(b_name, " appended ", Shortened(txns_.value(append.version)), " after ", a_name, " appended ",
                   Shortened(txns_.value(previous)), " to ", Shortened(txns_.key(append.key)))};
  }

  StepReason ReasonRw(uint32_t a, uint32_t previous, const Mop& append, uint32_t place, std::string_view a_name,
                      std::string_view b_name) const {
    const bool initial = previous == kNoVersion;
    const std::string key = Shortened(txns_.key(append.key));
    const std::string value = Shortened(txns_.value(append.version));
    return {Json::ObjectOf({{"type", ":rw"},
                            {"key", txns_.key(append.key)},
                            {"value", initial ? Json(":elle.list-append/init") : txns_.value(previous)},
                            {"value'", txns_.value(append.version)},
                            {"a-mop-index", int64_t{*ReadIt(a, append.key, previous)}},
                            {"b-mop-index", int64_t{place}}}),
            initial ? Concat(a_name, " observed the initial (nil) state of ", key, ", which ", b_name,
                             " created by appending ", value)
                    : Concat(a_name, " did not observe ", b_name, "'s append of ", value, " to ", key)};
  }

  const TxnHistory& txns_;
  const ListVersions& versions_;
  std::vector<uint32_t> writers_;  // by version: who appended it and may have been committed
  std::vector<uint32_t> rows_;     // by slot: its readers begin here
  std::vector<uint32_t> ends_;
  std::vector<uint32_t> readers_;
};

// The first element that was asked for twice, if any: then reads do not tell whose it is.
std::optional<std::string> AppendedTwice(const TxnHistory& txns) {
  std::vector<bool> asked(txns.version_count(), false);
  for (const Txn& txn : txns.txns()) {
    if (txn.invocation == History::kNone) continue;
    for (const Mop& mop : txns.mops(txn)) {
      if (mop.kind != MopKind::kWrite) continue;
      if (asked[mop.version]) {
        return Concat("op ", txns.history()[txn.invocation].index.value(), ": value ",
                      Shortened(txns.value(mop.version)), " is appended to key ", Shortened(txns.key(mop.key)),
                      " a second time; elements of a key must differ for reads to tell their order");
      }
      asked[mop.version] = true;
    }
  }
  return std::nullopt;
}

// What Elle refuses to go on with: a list with an element that no completed transaction appended.
std::optional<std::string> NobodyWrote(const TxnHistory& txns) {
  std::vector<bool> written(txns.version_count(), false);
  for (const Txn& txn : txns.txns()) {
    if (txn.type == OpType::kInvoke) continue;
    for (const Mop& mop : txns.mops(txn)) {
      if (mop.kind == MopKind::kWrite) written[mop.version] = true;
    }
  }
  const ListVersions all(txns, Readers::kAll);
  for (uint32_t key = 0; key < txns.key_count(); ++key) {
    for (const uint32_t version : all.order(key)) {
      if (written[version]) continue;
      return Concat("no transaction wrote ", Shortened(txns.key(key)), " ", Shortened(txns.value(version)));
    }
  }
  return std::nullopt;
}

}  // namespace

Verdict CheckListAppend(const History& history, const CheckOptions& options, const IsolationOptions& isolation) {
  const absl::StatusOr<TxnHistory> txns = TxnHistory::Read(history, ObjectKind::kList);
  if (!txns.ok()) return NotCheckable(ToStd(txns.status().message()));
  if (const auto twice = AppendedTwice(*txns)) return NotCheckable(*twice);
  if (options.parity == Parity::kMaelstrom) {
    if (const auto nobody = NobodyWrote(*txns)) return NotCheckable(*nobody);
  }
  const ListVersions versions(*txns, Readers::kPossible);
  TxnFindings findings;
  FindListAnomalies(*txns, versions, options, &findings);
  const ListGraph lists(*txns, versions);
  TxnGraph graph = lists.Make();
  std::vector<uint32_t> entries;
  for (const Txn& txn : txns->txns()) entries.push_back(txn.entry);
  constexpr Relation kPreferred[] = {kWw, kWr, kRw};
  const auto reasons = [&](uint32_t a, uint32_t b, Relation relation, std::string_view a_name,
                           std::string_view b_name) { return lists.Reason(a, b, relation, a_name, b_name); };
  FindAndExplainCycles({&history, &options, entries, kPreferred}, OrderThatMatters(isolation), &graph, reasons,
                       &findings);
  return std::move(findings).ToVerdict(isolation);
}

Verdict CheckListAppend(const History& history, const CheckOptions& options) {
  IsolationOptions isolation;
  isolation.models = options.consistency_models;
  return CheckListAppend(history, options, isolation);
}

}  // namespace gyre
