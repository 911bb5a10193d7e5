// What each transaction did to each register as seen from outside: the value that it read before it wrote, and the
// last one that it wrote. Built once, then immutable; borrows the transactions. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "checkers/txn_history.h"

namespace gyre {

// A value of a register, or the null of a key at first: versions of TxnHistory come first, then a slot for each key.
using Slot = uint32_t;

struct Access {
  uint32_t key = 0;
  std::optional<Slot> read;   // the first access, if it is a read; of transactions that ended as :ok only
  std::optional<Slot> write;  // the last write
  uint32_t read_mop = 0;      // their places in the transaction
  uint32_t write_mop = 0;
};

class RegisterAccesses {
 public:
  explicit RegisterAccesses(const TxnHistory& txns);

  // Of a transaction, by key. Of those that failed or were never completed: none.
  absl::Span<const Access> of(uint32_t txn) const {
    return {accesses_.data() + rows_[txn], rows_[txn + 1] - rows_[txn]};
  }
  const Access* Find(uint32_t txn, uint32_t key) const;
  // Transactions that ended as :ok, by what they read or wrote last; ascending.
  absl::Span<const uint32_t> readers(Slot slot) const { return readers_.Row(slot); }
  absl::Span<const uint32_t> writers(Slot slot) const { return writers_.Row(slot); }

  uint32_t slots() const { return txns_.version_count() + txns_.key_count(); }
  Slot InitialOf(uint32_t key) const { return txns_.version_count() + key; }
  bool IsInitial(Slot slot) const { return slot >= txns_.version_count(); }
  uint32_t KeyOf(Slot slot) const {
    return IsInitial(slot) ? slot - txns_.version_count() : txns_.key_of(slot);
  }
  // Null for an initial one.
  const Json& ValueOf(Slot slot) const;

 private:
  // Transactions by slot.
  struct Index {
    std::vector<uint32_t> rows;
    std::vector<uint32_t> txns;
    absl::Span<const uint32_t> Row(Slot slot) const { return {txns.data() + rows[slot], rows[slot + 1] - rows[slot]}; }
  };
  Index IndexBy(std::optional<Slot> Access::* side) const;

  const TxnHistory& txns_;
  std::vector<uint32_t> rows_;
  std::vector<Access> accesses_;
  Index readers_;
  Index writers_;
};

}  // namespace gyre
