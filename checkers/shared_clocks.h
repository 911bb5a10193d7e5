// SharedClocks: vector clocks over many chains of transactions, of which each is nearly the same as some others. A
// clock tells for each chain how many of its members come before something. Clocks are trees of sixteen branches, never
// changed once made, and what two of them have in common is there once: joining two costs what they differ in, not how
// many chains there are. Owned by a search. One thread.
//
// Trees of what is not needed any more are used again: who makes a clock drops it.
#pragma once

#include <cstdint>
#include <vector>

namespace gyre {

class SharedClocks {
 public:
  using Clock = uint32_t;
  static constexpr Clock kNothing = 0;  // a clock of zeros; needs no Drop

  // Chains are counted from 0; a clock holds those below chains().
  uint64_t chains() const { return uint64_t{kFanout} << (kBits * static_cast<uint32_t>(levels_ - 1)); }
  // Makes room for more. REQUIRES: `all` are all clocks that are held; they change their names.
  void Grow(std::vector<Clock>* all);

  uint32_t Get(Clock clock, uint32_t chain) const;
  // The least clock that is no less than both, or than `clock` and `count` in `chain`. A new hold, to be dropped.
  Clock Join(Clock a, Clock b) { return JoinAt(a, b, levels_ - 1); }
  Clock With(Clock clock, uint32_t chain, uint32_t count) { return WithAt(clock, chain, count, levels_ - 1); }
  // Another hold.
  Clock Hold(Clock clock);
  void Drop(Clock clock) { DropAt(clock, levels_ - 1); }

  // Trees' nodes that are in use.
  uint64_t nodes() const { return nodes_.size() - free_.size(); }

 private:
  static constexpr uint32_t kBits = 4;
  static constexpr uint32_t kFanout = 1 << kBits;
  // Entries are counts at level 0, and nodes of the level below above that.
  struct Node {
    uint32_t entries[kFanout] = {};
    uint32_t holds = 1;
  };

  Clock JoinAt(Clock a, Clock b, int level);
  Clock WithAt(Clock clock, uint32_t chain, uint32_t count, int level);
  void DropAt(Clock clock, int level);
  Clock Make(const uint32_t (&entries)[kFanout]);

  int levels_ = 1;
  std::vector<Node> nodes_{Node()};
  std::vector<Clock> free_;
};

}  // namespace gyre
