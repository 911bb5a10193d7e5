// The fault plan: every fault of a run, decided from its seed before it begins. It is data, kept in run.json, so that a
// replay applies the same faults and a search can take one away. Plain values, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/base/json.h"
#include "sim/base/time.h"
#include "sim/net/partition.h"

namespace gyre {

enum class FaultType : uint8_t { kStartPartition, kStopPartition };
std::string_view ToString(FaultType type);  // "start-partition", "stop-partition"

struct Fault {
  Duration at;  // of the history's time
  FaultType type = FaultType::kStartPartition;
  std::string kind;  // of kStartPartition: a PartitionKind's name
  Grudge grudge;     // of kStartPartition

  bool operator==(const Fault& other) const = default;
};

struct PartitionOptions {
  Duration interval = Seconds(10);  // mean time between a beginning and an end
  std::vector<std::string> kinds;   // names of PartitionKinds; empty: Maelstrom's
};

// Partitions that begin and end in turn, the first at 0, gaps uniform in [0, 2 * interval), as long as `time_limit` is
// not reached. The i-th fault depends on the seed, the gaps before it, and nothing else.
// REQUIRES: kinds exist.
std::vector<Fault> PlanPartitions(uint64_t seed, const std::vector<std::string>& nodes,
                                  const PartitionOptions& options, Duration time_limit);

// {"at": ns, "f": "start-partition", "kind": "one", "grudge": {"n1": ["n2"]}}
Json ToJson(const Fault& fault);
// Errors say what is wrong with it. Names in a grudge must be of `nodes`.
absl::StatusOr<Fault> FaultFromJson(const Json& json, const std::vector<std::string>& nodes);

// {"n1": ["n2"], "n2": []}
Json ToJson(const Grudge& grudge);

}  // namespace gyre
