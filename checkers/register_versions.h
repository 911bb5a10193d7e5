// RegisterVersions: what is known of the order of each register's versions. Built once, then immutable; borrows the
// transactions. Any thread.
//
// Sources, in this order: every version comes after the initial null; if writes follow reads, what a transaction
// wrote comes after what it read; if keys are sequential, what a process saw or wrote later comes later; if they are
// linearizable, what began after another transaction had completed does. A source that together with those before it
// makes some key's order cyclic is told, and left out whole, as its assumption does not hold.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "checkers/register_accesses.h"
#include "checkers/txn_history.h"
#include "checkers/txn_verdict.h"

namespace gyre {

class RegisterVersions {
 public:
  RegisterVersions(const TxnHistory& txns, const RegisterAccesses& accesses, const IsolationOptions& options);

  struct Cyclic {
    uint32_t key = 0;
    std::vector<Slot> slots;  // of that key; each comes before all others
    std::vector<std::string> sources;
  };
  const std::vector<Cyclic>& cyclic() const { return cyclic_; }

  // Versions that come directly after one, ascending.
  absl::Span<const Slot> After(Slot slot) const { return {after_.data() + rows_[slot], rows_[slot + 1] - rows_[slot]}; }
  bool ComesAfter(Slot slot, Slot other) const;

 private:
  using Edges = std::vector<std::pair<Slot, Slot>>;
  Edges AfterInitial() const;
  Edges WritesFollowReads() const;
  Edges Sequential() const;
  Edges Linearizable() const;
  // Adds a source, or tells why not.
  void Take(const char* name, Edges edges, Edges* all);
  void Lay(const Edges& edges);

  const TxnHistory& txns_;
  const RegisterAccesses& accesses_;
  std::vector<std::string> sources_;
  std::vector<Cyclic> cyclic_;
  std::vector<uint32_t> rows_;
  std::vector<Slot> after_;
};

}  // namespace gyre
