#include "checkers/shared_clocks.h"

#include <algorithm>
#include <cstring>

#include "absl/container/flat_hash_map.h"

namespace gyre {

void SharedClocks::Grow(std::vector<Clock>* all) {
  absl::flat_hash_map<Clock, Clock> roots;
  for (Clock& clock : *all) {
    if (clock == kNothing) continue;
    const auto [found, is_new] = roots.try_emplace(clock, kNothing);
    if (is_new) {
      const uint32_t entries[kFanout] = {clock};
      found->second = Make(entries);
    } else {
      // The root has one hold of what it stands for.
      --nodes_[clock].holds;
      ++nodes_[found->second].holds;
    }
    clock = found->second;
  }
  ++levels_;
}

uint32_t SharedClocks::Get(Clock clock, uint32_t chain) const {
  for (int level = levels_ - 1; level > 0 && clock != kNothing; --level) {
    clock = nodes_[clock].entries[chain >> (kBits * static_cast<uint32_t>(level)) & (kFanout - 1)];
  }
  return nodes_[clock].entries[chain & (kFanout - 1)];
}

SharedClocks::Clock SharedClocks::Hold(Clock clock) {
  if (clock != kNothing) ++nodes_[clock].holds;
  return clock;
}

void SharedClocks::DropAt(Clock clock, int level) {
  if (clock == kNothing || --nodes_[clock].holds > 0) return;
  for (uint32_t i = 0; i < kFanout && level > 0; ++i) DropAt(nodes_[clock].entries[i], level - 1);
  free_.push_back(clock);
}

SharedClocks::Clock SharedClocks::Make(const uint32_t (&entries)[kFanout]) {
  Clock made;
  if (free_.empty()) {
    made = static_cast<Clock>(nodes_.size());
    nodes_.emplace_back();
  } else {
    made = free_.back();
    free_.pop_back();
  }
  std::memcpy(nodes_[made].entries, entries, sizeof entries);
  nodes_[made].holds = 1;
  return made;
}

SharedClocks::Clock SharedClocks::JoinAt(Clock a, Clock b, int level) {
  if (a == b || b == kNothing) return Hold(a);
  if (a == kNothing) return Hold(b);
  uint32_t entries[kFanout];
  bool is_a = true;
  bool is_b = true;
  for (uint32_t i = 0; i < kFanout; ++i) {
    const uint32_t x = nodes_[a].entries[i];
    const uint32_t y = nodes_[b].entries[i];
    entries[i] = level == 0 ? std::max(x, y) : JoinAt(x, y, level - 1);
    is_a = is_a && entries[i] == x;
    is_b = is_b && entries[i] == y;
  }
  if (!is_a && !is_b) return Make(entries);
  for (uint32_t i = 0; i < kFanout && level > 0; ++i) DropAt(entries[i], level - 1);
  return Hold(is_a ? a : b);
}

SharedClocks::Clock SharedClocks::WithAt(Clock clock, uint32_t chain, uint32_t count, int level) {
  uint32_t entries[kFanout];
  std::memcpy(entries, nodes_[clock].entries, sizeof entries);
  const uint32_t place = chain >> (kBits * static_cast<uint32_t>(level)) & (kFanout - 1);
  uint32_t& entry = entries[place];
  if (level == 0) {
    if (entry >= count) return Hold(clock);
    entry = count;
    return Make(entries);
  }
  const Clock changed = WithAt(entry, chain, count, level - 1);
  if (changed == entry) {
    DropAt(changed, level - 1);
    return Hold(clock);
  }
  entry = changed;
  for (uint32_t i = 0; i < kFanout; ++i) {
    if (i != place) Hold(entries[i]);
  }
  return Make(entries);
}

}  // namespace gyre
