#include "checkers/register_reads.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkers/txn_cycles.h"
#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr uint32_t kNoTxn = 0xffffffff;

// What a transaction read or wrote last of a key.
struct Last {
  uint32_t txn = kNoTxn;
  uint32_t version = 0;
  bool null = false;
};

class RegisterAnomalies {
 public:
  RegisterAnomalies(const TxnHistory& txns, const CheckOptions& options, TxnFindings* findings)
      : txns_(txns), options_(options), findings_(findings) {
    IndexWriters();
  }

  void FindAll() {
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (txns_.txns()[txn].type != OpType::kOk) continue;
      const absl::Span<const Mop> mops = txns_.mops(txn);
      for (uint32_t i = 0; i < mops.size(); ++i) {
        if (mops[i].kind == MopKind::kRead && !mops[i].null) LookAt(txn, i, mops[i].version);
      }
      LookWithin(txn);
      if (options_.parity == Parity::kOurs) LookAhead(txn);
    }
  }

 private:
  void IndexWriters() {
    aborted_.assign(txns_.version_count(), kNoTxn);
    intermediate_.assign(txns_.version_count(), kNoTxn);
    asked_.assign(txns_.version_count(), false);
    written_in_.assign(txns_.version_count(), kNoTxn);
    last_.assign(txns_.key_count(), {});
    std::vector<uint32_t> written(txns_.key_count(), kNoTxn);  // by key: the last transaction that wrote it
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      const absl::Span<const Mop> mops = txns_.mops(txn);
      for (auto mop = mops.rbegin(); mop != mops.rend(); ++mop) {
        if (mop->kind != MopKind::kWrite) continue;
        asked_[mop->version] = true;
        if (txns_.txns()[txn].type == OpType::kFail) aborted_[mop->version] = txn;
        if (written[mop->key] == txn) intermediate_[mop->version] = txn;
        written[mop->key] = txn;
      }
    }
  }

  void LookAt(uint32_t txn, uint32_t mop, uint32_t version) {
    if (aborted_[version] != kNoTxn) {
      Tell("G1a", txn, mop, aborted_[version], ", which %, which was aborted, had written", Json());
    }
    if (intermediate_[version] != kNoTxn && intermediate_[version] != txn) {
      Tell("G1b", txn, mop, intermediate_[version], ", which was not yet what % was to write last", Json());
    }
    if (!asked_[version] && options_.parity == Parity::kOurs) {
      constexpr char kThat[] = ", and nobody ever wrote that; a key without a value reads as null";
      Tell("unwritten-read", txn, mop, kNoTxn, kThat, Json());
    }
  }

  // What a transaction read or wrote itself, it must read again. Of each the first that differs.
  void LookWithin(uint32_t txn) {
    const absl::Span<const Mop> mops = txns_.mops(txn);
    for (uint32_t i = 0; i < mops.size(); ++i) {
      Last& last = last_[mops[i].key];
      // That there was nothing yet tells Elle nothing.
      const bool is_known = last.txn == txn && (!last.null || options_.parity == Parity::kOurs);
      const bool fits = !is_known || (mops[i].null == last.null && (last.null || mops[i].version == last.version));
      if (mops[i].kind == MopKind::kRead && !fits) {
        const Json expected = last.null ? Json() : txns_.value(last.version);
        Tell("internal", txn, i, kNoTxn,
             Concat(", but by what it had done itself before it should have read ", Shortened(expected)), expected);
        return;
      }
      last = {txn, mops[i].version, mops[i].null};
    }
  }

  // The first read of what its transaction wrote only after it.
  void LookAhead(uint32_t txn) {
    const absl::Span<const Mop> mops = txns_.mops(txn);
    std::optional<uint32_t> found;
    for (auto i = static_cast<uint32_t>(mops.size()); i-- > 0;) {
      if (mops[i].null) continue;
      if (mops[i].kind == MopKind::kWrite) {
        written_in_[mops[i].version] = txn;
      } else if (written_in_[mops[i].version] == txn) {
        found = i;
      }
    }
    if (found.has_value()) Tell("future-read", txn, *found, kNoTxn, ", and wrote that itself only after it", Json());
  }

  // `how` has the writer at its %.
  void Tell(const char* kind, uint32_t txn, uint32_t mop, uint32_t writer, std::string how, const Json& expected) {
    if (!findings_->WantsMore(kind)) return findings_->Count(kind);
    const Json& shown = txns_.op(txn).value.AsArray()[mop];
    const History& history = txns_.history();
    TxnFinding finding;
    finding.details = Json::ObjectOf({{"op", ToJson(txns_.op(txn))}, {"mop", shown}});
    finding.witness =
        Json::ObjectOf({{"op", Positions(history, txns_.txns()[txn].entry)}, {"mop-index", int64_t{mop}}});
    if (writer != kNoTxn) {
      finding.details.Set("writer", ToJson(txns_.op(writer)));
      finding.witness.Set("writer", Positions(history, txns_.txns()[writer].entry));
      how.replace(how.find('%'), 1, NameOf(writer));
    }
    if (!expected.is_null()) finding.details.Set("expected", expected);
    finding.text = Concat(NameOf(txn), " read ", Shortened(shown), how);
    findings_->Add(kind, std::move(finding));
  }

  std::string NameOf(uint32_t txn) const {
    return Concat(Who(txns_.op(txn), options_), " (", When(txns_.history(), txns_.txns()[txn].entry), ")");
  }

  const TxnHistory& txns_;
  const CheckOptions& options_;
  TxnFindings* findings_;
  // By version: a transaction that wrote it and aborted; that wrote another one to the key after it. kNoTxn: none.
  std::vector<uint32_t> aborted_;
  std::vector<uint32_t> intermediate_;
  std::vector<bool> asked_;           // by version: somebody asked for it to be written
  std::vector<uint32_t> written_in_;  // by version: a transaction that has been gone through back to its write
  std::vector<Last> last_;            // by key
};

}  // namespace

void FindRegisterAnomalies(const TxnHistory& txns, const CheckOptions& options, TxnFindings* findings) {
  RegisterAnomalies(txns, options, findings).FindAll();
}

}  // namespace gyre
