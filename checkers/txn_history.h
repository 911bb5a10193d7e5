// TxnHistory: the transactions of a history, with keys and values as dense numbers. Read once from a History, which it
// borrows and which must outlive it; immutable after. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

enum class MopKind : uint8_t { kRead, kWrite };

// A micro-operation: [f key value].
struct Mop {
  MopKind kind = MopKind::kRead;
  bool null = false;     // a read of nothing, or one whose result is not known
  uint32_t key = 0;
  uint32_t version = 0;  // of a write, and of a register's read that is not null
  uint32_t first = 0;    // of a list's read: its elements, as versions
  uint32_t length = 0;
};

struct Txn {
  uint32_t entry = 0;  // position in the history: of the completion, or of an invocation that has none
  uint32_t invocation = History::kNone;  // kNone: a completion that nobody invoked
  OpType type = OpType::kOk;             // of the entry
  ProcessId process;
  uint32_t first_mop = 0;
  uint32_t mop_count = 0;

  // May have taken effect.
  bool possible() const { return type == OpType::kOk || type == OpType::kInfo; }
};

// What an object of a key is.
enum class ObjectKind : uint8_t { kList, kRegister };

class TxnHistory {
 public:
  // Transactions in the order of their entries. An error names the entry whose value is no transaction over such
  // objects: micro-operations are ["r" key value] and ["append" key value] or ["w" key value].
  static absl::StatusOr<TxnHistory> Read(const History& history, ObjectKind kind);

  const History& history() const { return *history_; }
  const std::vector<Txn>& txns() const { return txns_; }
  absl::Span<const Mop> mops(const Txn& txn) const { return {mops_.data() + txn.first_mop, txn.mop_count}; }
  absl::Span<const Mop> mops(uint32_t txn) const { return mops(txns_[txn]); }
  absl::Span<const uint32_t> elements(const Mop& read) const { return {elements_.data() + read.first, read.length}; }
  uint32_t key_count() const { return static_cast<uint32_t>(keys_.size()); }
  uint32_t version_count() const { return static_cast<uint32_t>(versions_.size()); }
  const Json& key(uint32_t key) const { return *keys_[key]; }
  const Json& value(uint32_t version) const { return *versions_[version].value; }
  uint32_t key_of(uint32_t version) const { return versions_[version].key; }

  const Op& op(uint32_t txn) const { return (*history_)[txns_[txn].entry]; }

 private:
  friend class TxnReader;
  struct Version {
    uint32_t key = 0;
    const Json* value = nullptr;
  };
  const History* history_ = nullptr;
  std::vector<Txn> txns_;
  std::vector<Mop> mops_;
  std::vector<uint32_t> elements_;
  std::vector<const Json*> keys_;
  std::vector<Version> versions_;
};

}  // namespace gyre
