#include "checkers/lost_updates.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "checkers/txn_cycles.h"
#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

// A transaction's first read of a key that it wrote later.
struct Update {
  uint64_t hash = 0;  // of what was read
  uint32_t txn = 0;
  uint32_t mop = 0;
};

uint64_t Mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x9e3779b97f4a7c15u ^ (hash >> 29); }

uint64_t HashOf(const TxnHistory& txns, const Mop& read) {
  uint64_t hash = Mix(read.key, read.null ? 1 : 2);
  if (!read.null) hash = Mix(hash, read.version);
  for (const uint32_t element : txns.elements(read)) hash = Mix(hash, element);
  return hash;
}

bool SameRead(const TxnHistory& txns, const Mop& a, const Mop& b) {
  const absl::Span<const uint32_t> left = txns.elements(a);
  const absl::Span<const uint32_t> right = txns.elements(b);
  return a.key == b.key && a.null == b.null && a.version == b.version &&
         std::equal(left.begin(), left.end(), right.begin(), right.end());
}

// What a transaction did first to a key, and whether that is known to be an update.
struct FirstAccess {
  uint32_t txn = 0xffffffff;
  uint32_t mop = 0;
  bool done = false;
};

// `first` is by key, of any transaction before.
void TakeUpdates(const TxnHistory& txns, uint32_t txn, std::vector<FirstAccess>* first, std::vector<Update>* updates) {
  const absl::Span<const Mop> mops = txns.mops(txn);
  for (uint32_t i = 0; i < mops.size(); ++i) {
    FirstAccess& access = (*first)[mops[i].key];
    if (access.txn != txn) access = {txn, i, mops[i].kind == MopKind::kWrite};
    if (mops[i].kind != MopKind::kWrite || access.done) continue;
    access.done = true;
    updates->push_back({HashOf(txns, mops[access.mop]), txn, access.mop});
  }
}

TxnFinding Tell(const TxnHistory& txns, absl::Span<const Update> same, const CheckOptions& options) {
  const Mop& read = txns.mops(same[0].txn)[same[0].mop];
  const Json& shown = txns.op(same[0].txn).value.AsArray()[same[0].mop];
  Json::Array ops;
  Json::Array positions;
  std::string names;
  for (const Update& update : same) {
    const uint32_t entry = txns.txns()[update.txn].entry;
    ops.push_back(ToJson(txns.op(update.txn)));
    positions.push_back(Positions(txns.history(), entry));
    names += Concat(names.empty() ? "" : ", and ", Who(txns.op(update.txn), options), " (", When(txns.history(), entry),
                    ")");
  }
  TxnFinding finding;
  finding.text = Concat("key ", Shortened(txns.key(read.key)), ": ", names, " all read ", Shortened(shown),
                        " and then wrote: all but one of these updates did not know of the others");
  finding.details = Json::ObjectOf({{"key", txns.key(read.key)},
                                    {"value", shown.AsArray().size() > 2 ? shown.AsArray()[2] : Json()},
                                    {"txns", std::move(ops)}});
  finding.witness = Json::ObjectOf({{"key", txns.key(read.key)}, {"ops", std::move(positions)}});
  return finding;
}

}  // namespace

void FindLostUpdates(const TxnHistory& txns, const CheckOptions& options, TxnFindings* findings) {
  std::vector<Update> updates;
  std::vector<FirstAccess> first(txns.key_count());
  for (uint32_t txn = 0; txn < txns.txns().size(); ++txn) {
    if (txns.txns()[txn].type == OpType::kOk) TakeUpdates(txns, txn, &first, &updates);
  }
  std::sort(updates.begin(), updates.end(), [](const Update& a, const Update& b) {
    return std::tie(a.hash, a.txn, a.mop) < std::tie(b.hash, b.txn, b.mop);
  });
  std::vector<std::vector<Update>> cases;
  for (size_t i = 0; i < updates.size();) {
    // Those of one hash are nearly always the same; each starts a group of its own if not.
    size_t end = i + 1;
    while (end < updates.size() && updates[end].hash == updates[i].hash) ++end;
    std::vector<Update> left(updates.begin() + static_cast<int64_t>(i), updates.begin() + static_cast<int64_t>(end));
    while (left.size() > 1) {
      const Update first = left[0];
      const auto is_same = [&](const Update& u) {
        return SameRead(txns, txns.mops(first.txn)[first.mop], txns.mops(u.txn)[u.mop]);
      };
      const auto middle = std::stable_partition(left.begin(), left.end(), is_same);
      if (middle - left.begin() > 1) cases.emplace_back(left.begin(), middle);
      left.erase(left.begin(), middle);
    }
    i = end;
  }
  std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a[0].txn < b[0].txn; });
  for (const std::vector<Update>& same : cases) {
    if (findings->WantsMore("lost-update")) {
      findings->Add("lost-update", Tell(txns, same, options));
    } else {
      findings->Count("lost-update");
    }
  }
}

}  // namespace gyre
