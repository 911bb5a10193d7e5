#include "checkers/list_versions.h"

#include <algorithm>

namespace gyre {

ListVersions::ListVersions(const TxnHistory& txns, Readers readers)
    : txns_(txns), longest_(txns.key_count(), {0, 0}), contradicted_(txns.key_count(), false),
      places_(txns.version_count(), kNoVersion) {
  for (const Txn& txn : txns.txns()) {
    if (readers == Readers::kPossible && !txn.possible()) continue;
    for (const Mop& mop : txns.mops(txn)) {
      if (mop.kind == MopKind::kRead) TakeRead(mop);
    }
  }
  for (uint32_t key = 0; key < txns.key_count(); ++key) {
    if (contradicted_[key]) incompatible_.push_back(key);
  }
  Lay(readers);
}

void ListVersions::TakeRead(const Mop& read) {
  const absl::Span<const uint32_t> elements = txns_.elements(read);
  auto& [first, length] = longest_[read.key];
  const uint32_t shared = std::min(length, read.length);
  Mop before;
  before.first = first;
  before.length = length;
  if (!std::equal(elements.begin(), elements.begin() + shared, txns_.elements(before).begin())) {
    contradicted_[read.key] = true;
  }
  if (read.length > length) {
    first = read.first;
    length = read.length;
  }
}

void ListVersions::Lay(Readers readers) {
  // The only append of a key. An aborted transaction's counts as well if those are looked at; then both the invocation
  // and the completion do, and only what has no other half is alone.
  std::vector<uint32_t> only(txns_.key_count(), kNoVersion);
  std::vector<uint8_t> appends(txns_.key_count(), 0);
  for (const Txn& txn : txns_.txns()) {
    if (readers == Readers::kPossible && !txn.possible()) continue;
    const bool twice = readers == Readers::kAll && txn.invocation != History::kNone && txn.invocation != txn.entry;
    for (const Mop& mop : txns_.mops(txn)) {
      if (mop.kind != MopKind::kWrite) continue;
      only[mop.key] = mop.version;
      appends[mop.key] = static_cast<uint8_t>(std::min(2, appends[mop.key] + (twice ? 2 : 1)));
    }
  }
  rows_.reserve(txns_.key_count() + 1);
  rows_.push_back(0);
  for (uint32_t key = 0; key < txns_.key_count(); ++key) {
    Mop longest;
    std::tie(longest.first, longest.length) = longest_[key];
    const auto add = [&](uint32_t version) {
      if (places_[version] != kNoVersion) return;
      places_[version] = static_cast<uint32_t>(order_.size()) - rows_[key];
      order_.push_back(version);
    };
    for (const uint32_t version : txns_.elements(longest)) add(version);
    if (longest.length == 0 && appends[key] == 1) add(only[key]);
    rows_.push_back(static_cast<uint32_t>(order_.size()));
  }
}

uint32_t ListVersions::Previous(uint32_t version) const {
  const absl::Span<const uint32_t> versions = order(txns_.key_of(version));
  const uint32_t place = places_[version];
  if (place == kNoVersion) return versions.empty() ? kNoVersion : versions.back();
  return place == 0 ? kNoVersion : versions[place - 1];
}

}  // namespace gyre
