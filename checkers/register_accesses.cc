#include "checkers/register_accesses.h"

#include <algorithm>

namespace gyre {

RegisterAccesses::RegisterAccesses(const TxnHistory& txns) : txns_(txns) {
  rows_.reserve(txns.txns().size() + 1);
  rows_.push_back(0);
  std::vector<uint32_t> places(txns.key_count(), 0);  // by key: of its access, if that is of this transaction
  for (const Txn& txn : txns.txns()) {
    const absl::Span<const Mop> mops = txn.possible() ? txns.mops(txn) : absl::Span<const Mop>();
    for (uint32_t i = 0; i < mops.size(); ++i) {
      const Mop& mop = mops[i];
      uint32_t& place = places[mop.key];
      const bool is_first = place < rows_.back() || place >= accesses_.size() || accesses_[place].key != mop.key;
      if (is_first) {
        place = static_cast<uint32_t>(accesses_.size());
        accesses_.push_back({mop.key, {}, {}, 0, 0});
      }
      Access& access = accesses_[place];
      if (mop.kind == MopKind::kWrite) {
        access.write = mop.version;
        access.write_mop = i;
      } else if (is_first && txn.type == OpType::kOk) {
        access.read = mop.null ? InitialOf(mop.key) : mop.version;
        access.read_mop = i;
      }
    }
    std::sort(accesses_.begin() + rows_.back(), accesses_.end(),
              [](const Access& a, const Access& b) { return a.key < b.key; });
    rows_.push_back(static_cast<uint32_t>(accesses_.size()));
  }
  readers_ = IndexBy(&Access::read);
  writers_ = IndexBy(&Access::write);
}

RegisterAccesses::Index RegisterAccesses::IndexBy(std::optional<Slot> Access::* side) const {
  Index index;
  index.rows.assign(slots() + 1, 0);
  for (const bool count : {true, false}) {
    std::vector<uint32_t> next;
    if (!count) {
      for (uint32_t slot = 0; slot < slots(); ++slot) index.rows[slot + 1] += index.rows[slot];
      index.txns.resize(index.rows.back());
      next.assign(index.rows.begin(), index.rows.end() - 1);
    }
    for (uint32_t txn = 0; txn < txns_.txns().size(); ++txn) {
      if (txns_.txns()[txn].type != OpType::kOk) continue;
      for (const Access& access : of(txn)) {
        const std::optional<Slot>& slot = access.*side;
        if (!slot.has_value()) continue;
        if (count) {
          ++index.rows[*slot + 1];
        } else {
          index.txns[next[*slot]++] = txn;
        }
      }
    }
  }
  return index;
}

const Access* RegisterAccesses::Find(uint32_t txn, uint32_t key) const {
  const absl::Span<const Access> accesses = of(txn);
  const auto found = std::lower_bound(accesses.begin(), accesses.end(), key,
                                      [](const Access& access, uint32_t wanted) { return access.key < wanted; });
  return found == accesses.end() || found->key != key ? nullptr : &*found;
}

const Json& RegisterAccesses::ValueOf(Slot slot) const {
  static const Json null{};
  return IsInitial(slot) ? null : txns_.value(slot);
}

}  // namespace gyre
