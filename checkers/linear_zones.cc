#include "checkers/linear_zones.h"

#include <algorithm>
#include <cstdint>

namespace gyre {
namespace {

// Positions in the history; the initial value was written before all of them.
struct Zone {
  static constexpr int64_t kBefore = -1;
  static constexpr int64_t kNever = INT64_MAX;
  bool written = false;
  bool read = false;
  int64_t write_invoke = 0;
  int64_t first_return = kNever;
  int64_t last_invoke = kBefore;
  int64_t first_read_return = kNever;
};

struct Span {
  int64_t begin, end;
};

std::vector<Zone> ZonesOf(const LinearProblem& problem, const std::vector<LinearModel::Access>& accesses) {
  std::vector<Zone> zones(problem.initial + 1);
  Zone& initial = zones[problem.initial];
  initial.written = true;
  initial.write_invoke = Zone::kBefore;
  initial.first_return = Zone::kBefore;
  for (const LinearCall& call : problem.calls) {
    const LinearModel::Access& access = accesses[call.kind];
    if (access.value >= zones.size()) zones.resize(access.value + 1);
    Zone& zone = zones[access.value];
    const int64_t ret = call.ret == LinearCall::kNever ? Zone::kNever : int64_t{call.ret};
    zone.first_return = std::min(zone.first_return, ret);
    zone.last_invoke = std::max(zone.last_invoke, int64_t{call.invoke});
    if (access.is_write) {
      zone.written = true;
      zone.write_invoke = call.invoke;
    } else {
      zone.read = true;
      zone.first_read_return = std::min(zone.first_read_return, ret);
    }
  }
  return zones;
}

}  // namespace

bool ZonesAreLinearizable(const LinearProblem& problem, const std::vector<LinearModel::Access>& accesses) {
  std::vector<Span> forward, backward;
  for (const Zone& zone : ZonesOf(problem, accesses)) {
    if (!zone.written && !zone.read) continue;
    if (!zone.written || zone.first_read_return < zone.write_invoke) return false;
    // Nobody saw a write that never returned: it need not have happened.
    if (zone.first_return == Zone::kNever) continue;
    if (zone.first_return < zone.last_invoke) {
      forward.push_back({zone.first_return, zone.last_invoke});
    } else {
      backward.push_back({zone.last_invoke, zone.first_return});
    }
  }
  const auto by_begin = [](const Span& a, const Span& b) { return a.begin < b.begin; };
  std::sort(forward.begin(), forward.end(), by_begin);
  for (size_t i = 1; i < forward.size(); ++i) {
    if (forward[i].begin < forward[i - 1].end) return false;
  }
  for (const Span& span : backward) {
    // Of zones that do not overlap only the last to begin before it can hold it.
    auto after = std::upper_bound(forward.begin(), forward.end(), span, by_begin);
    if (after != forward.begin() && span.end < std::prev(after)->end) return false;
  }
  return true;
}

}  // namespace gyre
