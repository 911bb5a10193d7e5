// ListVersions: in which order the elements of each list were appended, as far as reads tell. Built once, then
// immutable; borrows the transactions. Any thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "checkers/txn_history.h"

namespace gyre {

inline constexpr uint32_t kNoTxn = 0xffffffff;
inline constexpr uint32_t kNoVersion = 0xffffffff;

// Whose reads are looked at: those of transactions that may have taken effect, or all, for what aborted ones did.
enum class Readers : uint8_t { kPossible, kAll };

class ListVersions {
 public:
  ListVersions(const TxnHistory& txns, Readers readers);

  // The longest list that was read of a key, without repetitions; or the key's only append, if nobody read anything.
  absl::Span<const uint32_t> order(uint32_t key) const {
    return {order_.data() + rows_[key], rows_[key + 1] - rows_[key]};
  }
  // The element in front of one, or kNoVersion: the empty list. What was never read comes after all that was.
  uint32_t Previous(uint32_t version) const;
  bool WasRead(uint32_t version) const { return places_[version] != kNoVersion; }
  // Keys of which two reads contradict each other: neither is the beginning of the other.
  const std::vector<uint32_t>& incompatible_keys() const { return incompatible_; }

 private:
  void TakeRead(const Mop& read);
  void Lay(Readers readers);

  const TxnHistory& txns_;
  std::vector<std::pair<uint32_t, uint32_t>> longest_;  // by key: first, length of the elements
  std::vector<bool> contradicted_;                      // by key
  std::vector<uint32_t> incompatible_;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> order_;
  std::vector<uint32_t> places_;  // by version: its place in the order of its key
};

}  // namespace gyre
