// Strong ids. An id never turns into another kind of id or into a number by itself. Plain values, any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace gyre {

template <typename Tag, typename Rep>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const StrongId&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const StrongId& id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  Rep value_{};
};

// An endpoint of messages: a node, a client or a service. The Roster has its name.
using NodeId = StrongId<struct NodeTag, uint32_t>;
// A logical process of the history: thread = process mod concurrency. kNemesis is the nemesis.
using ProcessId = StrongId<struct ProcessTag, int32_t>;
inline constexpr ProcessId kNemesis{-1};
// A message's envelope id: (sender's index << 32) + the sender's own count (semantics.md).
using MessageId = StrongId<struct MessageTag, uint64_t>;
// The place of an operation's entry in its history, dense from 0.
using OpIndex = StrongId<struct OpTag, uint32_t>;

}  // namespace gyre
