#include "checkers/list_append_reads.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "checkers/lost_updates.h"
#include "checkers/txn_cycles.h"
#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

struct JsonLess {
  bool operator()(const Json& a, const Json& b) const { return Json::Compare(a, b) < 0; }
};

// A micro-operation by its place: the transaction's, and in it.
struct MopPlace {
  uint32_t txn = kNoTxn;
  uint32_t index = 0;
};

class ListAnomalies {
 public:
  ListAnomalies(const TxnHistory& txns, const ListVersions& versions, const CheckOptions& options,
                TxnFindings* findings)
      : txns_(txns), versions_(versions), options_(options), findings_(findings) {
    IndexWriters();
  }

  void FindAll() {
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (!txns_.txns()[txn].possible()) continue;
      const bool ok = txns_.txns()[txn].type == OpType::kOk;
      for (uint32_t i = 0; i < txns_.txns()[txn].mop_count; ++i) {
        if (txns_.mops(txn)[i].kind != MopKind::kRead) continue;
        if (ok) LookForDirtyReads({txn, i});
        LookForDuplicates({txn, i});
      }
      if (ok) LookWithin(txn);
    }
    for (const uint32_t key : versions_.incompatible_keys()) TellIncompatible(key);
    const ListVersions all(txns_, Readers::kAll);
    for (uint32_t key = 0; key < txns_.key_count(); ++key) LookForDirtyUpdates(key, all.order(key));
  }

 private:
  const Mop& At(MopPlace place) const { return txns_.mops(place.txn)[place.index]; }
  const Json& ShowMop(MopPlace place) const { return txns_.op(place.txn).value.AsArray()[place.index]; }
  Json ShowOp(uint32_t txn) const { return ToJson(txns_.op(txn)); }
  std::string NameOf(uint32_t txn) const {
    const uint32_t entry = txns_.txns()[txn].entry;
    return Concat(Who(txns_.op(txn), options_), " (", When(txns_.history(), entry), ")");
  }
  Json PositionsOf(uint32_t txn) const { return Positions(txns_.history(), txns_.txns()[txn].entry); }
  std::string KeyName(uint32_t key) const { return Shortened(txns_.key(key)); }

  void IndexWriters() {
    aborted_.assign(txns_.version_count(), kNoTxn);
    intermediate_.assign(txns_.version_count(), kNoTxn);
    completed_.assign(txns_.version_count(), kNoTxn);
    asked_.assign(txns_.version_count(), false);
    seen_in_.assign(txns_.version_count(), 0);
    first_read_.assign(txns_.version_count(), {});
    expected_.assign(txns_.key_count(), {});
    std::vector<uint32_t> written(txns_.key_count(), kNoTxn);  // by key: the last transaction that wrote it
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      const absl::Span<const Mop> mops = txns_.mops(txn);
      for (auto mop = mops.rbegin(); mop != mops.rend(); ++mop) {
        if (mop->kind != MopKind::kWrite) continue;
        const OpType type = txns_.txns()[txn].type;
        asked_[mop->version] = true;
        if (type == OpType::kFail) aborted_[mop->version] = txn;
        if (type != OpType::kInvoke) completed_[mop->version] = txn;
        if (written[mop->key] == txn) intermediate_[mop->version] = txn;
        written[mop->key] = txn;
      }
    }
  }

  // G1a: an element that an aborted transaction appended; G1b: a list that ends where another transaction was not done.
  void LookForDirtyReads(MopPlace place) {
    const Mop& read = At(place);
    for (const uint32_t element : txns_.elements(read)) {
      if (aborted_[element] != kNoTxn) TellDirtyRead("G1a", place, element, aborted_[element]);
      if (!asked_[element] && options_.parity == Parity::kOurs) TellUnwritten(place, element);
    }
    if (read.length == 0) return;
    const uint32_t last = txns_.elements(read).back();
    const uint32_t writer = intermediate_[last];
    if (writer != kNoTxn && writer != place.txn) TellDirtyRead("G1b", place, last, writer);
  }

  void TellDirtyRead(const char* kind, MopPlace place, uint32_t element, uint32_t writer) {
    if (!findings_->WantsMore(kind)) return findings_->Count(kind);
    const bool aborted = std::string_view(kind) == "G1a";
    TxnFinding finding;
    finding.details = Json::ObjectOf({{"op", ShowOp(place.txn)},
                                      {"mop", ShowMop(place)},
                                      {"writer", ShowOp(writer)},
                                      {"element", txns_.value(element)}});
    finding.text = Concat(NameOf(place.txn), " read ", Shortened(ShowMop(place)),
                          aborted ? ", and " : ", which ends with ",
                          Shortened(txns_.value(element)), aborted ? " in it was appended by " : "; ", NameOf(writer),
                          aborted ? ", which was aborted" : " appended that, and then more to the same key");
    finding.witness = Json::ObjectOf({{"op", PositionsOf(place.txn)},
                                      {"mop-index", int64_t{place.index}},
                                      {"writer", PositionsOf(writer)},
                                      {"element", txns_.value(element)}});
    findings_->Add(kind, std::move(finding));
  }

  void TellUnwritten(MopPlace place, uint32_t element) {
    constexpr char kKind[] = "unwritten-read";
    if (!findings_->WantsMore(kKind)) return findings_->Count(kKind);
    TxnFinding finding;
    finding.details = Json::ObjectOf(
        {{"op", ShowOp(place.txn)}, {"mop", ShowMop(place)}, {"element", txns_.value(element)}});
    finding.text = Concat(NameOf(place.txn), " read ", Shortened(ShowMop(place)), ", and nobody appended ",
                          Shortened(txns_.value(element)), " to key ", KeyName(At(place).key),
                          Float64Hint(At(place).key, txns_.value(element)));
    finding.witness = Json::ObjectOf({{"op", PositionsOf(place.txn)},
                                      {"mop-index", int64_t{place.index}},
                                      {"element", txns_.value(element)}});
    findings_->Add(kKind, std::move(finding));
  }

  std::string Float64Hint(uint32_t key, const Json& read) const {
    for (uint32_t version = 0; version < txns_.version_count() && read.is_number(); ++version) {
      if (txns_.key_of(version) != key || !asked_[version]) continue;
      const std::string hint = Float64Explanation(txns_.value(version), read);
      if (!hint.empty()) return Concat(".", hint);
    }
    return "";
  }

  void LookForDuplicates(MopPlace place) {
    const Mop& read = At(place);
    ++read_number_;
    bool twice = false;
    for (const uint32_t element : txns_.elements(read)) {
      twice = twice || seen_in_[element] == read_number_;
      seen_in_[element] = read_number_;
    }
    if (!twice) return;
    constexpr char kKind[] = "duplicate-elements";
    if (!findings_->WantsMore(kKind)) return findings_->Count(kKind);
    std::map<Json, int64_t, JsonLess> counts;
    for (const uint32_t element : txns_.elements(read)) ++counts[txns_.value(element)];
    Json::Object duplicates;
    std::string names;
    for (const auto& [element, count] : counts) {
      if (count < 2) continue;
      duplicates.emplace_back(element.is_string() ? element.AsString() : element.Dump(), count);
      names += Concat(names.empty() ? "" : ", ", Shortened(element), " ", count, " times");
    }
    TxnFinding finding;
    finding.details = Json::ObjectOf(
        {{"op", ShowOp(place.txn)}, {"mop", ShowMop(place)}, {"duplicates", std::move(duplicates)}});
    finding.text = Concat(NameOf(place.txn), " read ", Shortened(ShowMop(place)), ", which has ", names);
    finding.witness = Json::ObjectOf({{"op", PositionsOf(place.txn)}, {"mop-index", int64_t{place.index}}});
    findings_->Add(kKind, std::move(finding));
  }

  // What a read must return by what its transaction did before: all of it, or how it ends, or nothing is known.
  struct Expected {
    uint32_t txn = kNoTxn;
    bool known = false;  // anything
    bool whole = false;  // else: how it ends
    std::vector<uint32_t> elements;
  };

  // Within one transaction: internal, and future-read; of each the first.
  void LookWithin(uint32_t txn) {
    const auto count = txns_.txns()[txn].mop_count;
    if (count < 2) return;
    bool told = false;
    for (uint32_t i = 0; i < count && !told; ++i) {
      const Mop& mop = At({txn, i});
      Expected& expected = expected_[mop.key];
      if (expected.txn != txn) {
        expected.txn = txn;
        expected.known = expected.whole = false;
        expected.elements.clear();
      }
      if (mop.kind == MopKind::kWrite) {
        expected.known = true;
        expected.elements.push_back(mop.version);
        continue;
      }
      told = TellInternal({txn, i}, expected);
      const absl::Span<const uint32_t> read = txns_.elements(mop);
      // A read of null tells nothing to the next read, but that an append after it is the first.
      expected.known = !mop.null;
      expected.whole = true;
      expected.elements.assign(read.begin(), read.end());
    }
    LookAhead(txn);
  }

  // The first append of what its transaction had read before.
  void LookAhead(uint32_t txn) {
    const auto count = txns_.txns()[txn].mop_count;
    for (uint32_t i = 0; i < count; ++i) {
      const Mop& mop = At({txn, i});
      if (mop.kind == MopKind::kWrite && first_read_[mop.version].txn == txn) {
        return TellFutureRead({txn, i}, first_read_[mop.version]);
      }
      for (const uint32_t element : txns_.elements(mop)) {
        if (first_read_[element].txn != txn) first_read_[element] = {txn, i};
      }
    }
  }

  bool TellInternal(MopPlace place, const Expected& expected) {
    if (!expected.known) return false;
    const absl::Span<const uint32_t> read = txns_.elements(At(place));
    const size_t size = expected.elements.size();
    const bool fits = expected.whole ? !At(place).null && read.size() == size : read.size() >= size;
    if (fits && std::equal(expected.elements.rbegin(), expected.elements.rend(), read.rbegin())) return false;
    constexpr char kKind[] = "internal";
    if (!findings_->WantsMore(kKind)) {
      findings_->Count(kKind);
      return true;
    }
    Json::Array elements;
    if (!expected.whole) elements.push_back("...");
    for (const uint32_t element : expected.elements) elements.push_back(txns_.value(element));
    TxnFinding finding;
    finding.text = Concat(NameOf(place.txn), " read ", Shortened(ShowMop(place)),
                          ", but by what it had done itself before it should have read ", Shortened(elements));
    finding.details = Json::ObjectOf(
        {{"op", ShowOp(place.txn)}, {"mop", ShowMop(place)}, {"expected", std::move(elements)}});
    finding.witness = Json::ObjectOf({{"op", PositionsOf(place.txn)}, {"mop-index", int64_t{place.index}}});
    findings_->Add(kKind, std::move(finding));
    return true;
  }

  void TellFutureRead(MopPlace append, MopPlace read) {
    const Json& element = txns_.value(At(append).version);
    TxnFinding finding;
    finding.details =
        Json::ObjectOf({{"op", ShowOp(append.txn)}, {"mop", ShowMop(read)}, {"element", element}});
    finding.text = Concat(NameOf(append.txn), " read ", Shortened(ShowMop(read)), ", and appended ",
                          Shortened(element), " itself only after that");
    finding.witness = Json::ObjectOf({{"op", PositionsOf(append.txn)}, {"mop-index", int64_t{read.index}}});
    findings_->Add("future-read", std::move(finding));
  }

  // Two reads of a key, one after the other by length, of which the first is not how the second begins.
  void TellIncompatible(uint32_t key) {
    std::vector<MopPlace> reads;
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (!txns_.txns()[txn].possible()) continue;
      for (uint32_t i = 0; i < txns_.txns()[txn].mop_count; ++i) {
        const Mop& mop = At({txn, i});
        if (mop.kind == MopKind::kRead && mop.key == key && mop.length > 0) reads.push_back({txn, i});
      }
    }
    std::stable_sort(reads.begin(), reads.end(),
                     [&](const MopPlace& a, const MopPlace& b) { return At(a).length < At(b).length; });
    for (size_t i = 0; i + 1 < reads.size(); ++i) {
      const absl::Span<const uint32_t> a = txns_.elements(At(reads[i]));
      const absl::Span<const uint32_t> b = txns_.elements(At(reads[i + 1]));
      if (std::equal(a.begin(), a.end(), b.begin())) continue;
      TxnFinding finding;
      finding.details = Json::ObjectOf({{"key", txns_.key(key)}, {"values", Json::Array{ValuesOf(a), ValuesOf(b)}}});
      finding.text = Concat("key ", KeyName(key), " was read as ", Shortened(ValuesOf(a)), " by ", NameOf(reads[i].txn),
                            ", and as ", Shortened(ValuesOf(b)), " by ", NameOf(reads[i + 1].txn),
                            ": no order of appends leads to both");
      Json ops = Json::Array{PositionsOf(reads[i].txn), PositionsOf(reads[i + 1].txn)};
      finding.witness = Json::ObjectOf({{"key", txns_.key(key)}, {"ops", std::move(ops)}});
      return findings_->Add("incompatible-order", std::move(finding));
    }
  }

  Json ValuesOf(absl::Span<const uint32_t> elements) const {
    Json::Array values;
    for (const uint32_t element : elements) values.push_back(txns_.value(element));
    return values;
  }

  // An aborted append that a committed one built on. Appends of which it is not known pass for either.
  void LookForDirtyUpdates(uint32_t key, absl::Span<const uint32_t> order) {
    uint32_t aborted = kNoTxn;
    size_t first = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      const uint32_t writer = completed_[order[i]];
      if (writer == kNoTxn) continue;
      const OpType type = txns_.txns()[writer].type;
      if (type == OpType::kFail) {
        if (aborted == kNoTxn) first = i;
        if (aborted == kNoTxn) aborted = writer;
      } else if (type == OpType::kOk) {
        if (aborted != kNoTxn) TellDirtyUpdate(key, order.subspan(first, i - first + 1), aborted, writer);
        aborted = kNoTxn;
      }
    }
  }

  void TellDirtyUpdate(uint32_t key, absl::Span<const uint32_t> values, uint32_t aborted, uint32_t committed) {
    constexpr char kKind[] = "dirty-update";
    if (!findings_->WantsMore(kKind)) return findings_->Count(kKind);
    TxnFinding finding;
    finding.details = Json::ObjectOf({{"key", txns_.key(key)},
                                      {"values", ValuesOf(values)},
                                      {"txns", Json::Array{ShowOp(aborted), "...", ShowOp(committed)}}});
    finding.text = Concat(NameOf(aborted), " appended ", Shortened(txns_.value(values.front())), " to key ",
                          KeyName(key), " and was aborted, but ", NameOf(committed), " appended ",
                          Shortened(txns_.value(values.back())), " after it and was committed");
    finding.witness = Json::ObjectOf(
        {{"key", txns_.key(key)}, {"ops", Json::Array{PositionsOf(aborted), PositionsOf(committed)}}});
    findings_->Add(kKind, std::move(finding));
  }

  const TxnHistory& txns_;
  const ListVersions& versions_;
  const CheckOptions& options_;
  TxnFindings* findings_;
  // By version: a transaction that appended it and aborted; that appended more to the key after it; that completed in
  // any way. kNoTxn: none.
  std::vector<uint32_t> aborted_;
  std::vector<uint32_t> intermediate_;
  std::vector<uint32_t> completed_;
  std::vector<bool> asked_;          // by version: somebody asked for it to be appended
  std::vector<uint32_t> seen_in_;    // by version: the last read that it was seen in
  std::vector<MopPlace> first_read_;  // by version: in the last transaction that read it
  std::vector<Expected> expected_;    // by key: in the last transaction that touched it
  uint32_t read_number_ = 0;
};

}  // namespace

void FindListAnomalies(const TxnHistory& txns, const ListVersions& versions, const CheckOptions& options,
                       TxnFindings* findings) {
  ListAnomalies(txns, versions, options, findings).FindAll();
  FindLostUpdates(txns, options, findings);
}

}  // namespace gyre
