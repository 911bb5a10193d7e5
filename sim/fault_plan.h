// The fault plan: every fault of a run, decided from its seed before it begins. It is data, kept in run.json, so that a
// replay applies the same faults and a search can take one away. Plain values, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sim/base/json.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"
#include "sim/net/partition.h"
#include "sim/node.h"

namespace gyre {

// A nemesis begins a fault and ends it in turn. What ends one ends it for all nodes that it concerns.
enum class FaultType : uint8_t { kKill, kPause, kResume, kStart, kStartPartition, kStopPartition };
std::string_view ToString(FaultType type);  // "kill", "start-partition", ...

struct Fault {
  Duration at;  // of the history's time
  FaultType type = FaultType::kStartPartition;
  std::string kind;                // of a beginning: a PartitionKind's or NodeChoice's name
  Grudge grudge;                   // of kStartPartition
  std::vector<std::string> nodes;  // of kKill and kPause: whom, in list order
  Files files = Files::kKept;      // of kStart: what the nodes find

  bool operator==(const Fault& other) const = default;
};

// Which nodes a kill or a pause is for: so many of them, drawn.
struct NodeChoice {
  const char* name;
  size_t (*count)(size_t nodes);  // from 1 to `nodes`
};
// Alphabetical.
absl::Span<const NodeChoice> NodeChoices();

struct NemesisOptions {
  std::vector<std::string> faults;           // names of Nemeses, each once
  Duration interval = Seconds(10);           // mean time between a beginning and an end
  std::vector<std::string> partition_kinds;  // names of PartitionKinds; empty: Maelstrom's
  std::string restart_files = "kept";        // or "wiped", or "either": drawn for each restart
};

// A nemesis: faults that begin and end in turn.
struct Nemesis {
  const char* name;  // "kill", "partition", "pause"
  FaultType begins;
  FaultType ends;
};
// Alphabetical.
absl::Span<const Nemesis> Nemeses();

// The faults of each nemesis that is asked for, all by time: the first at 0, gaps uniform in [0, 2 * interval), as long
// as `time_limit` is not reached. The i-th of a nemesis depends on the seed, the gaps before it, and nothing else.
// REQUIRES: the options' names exist.
std::vector<Fault> PlanFaults(uint64_t seed, const std::vector<std::string>& nodes, const NemesisOptions& options,
                              Duration time_limit);

// What Coverage calls it: "kill one", "partition bridge", "wipe" (nodes start without their files). Empty for what only
// ends another fault.
std::string FaultName(const Fault& fault);
// Those that PlanFaults may plan, sorted.
std::vector<std::string> FaultNames(const NemesisOptions& options);

// What ends, at `at`, all that the plan may have begun.
std::vector<Fault> Healing(const std::vector<Fault>& plan, Duration at);

// {"at": ns, "f": "start-partition", "kind": "one", "grudge": {"n1": ["n2"]}}
// {"at": ns, "f": "kill", "kind": "one", "nodes": ["n1"]}, {"at": ns, "f": "start", "files": "kept"}
Json ToJson(const Fault& fault);
// Errors say what is wrong with it. Names must be of `nodes`.
absl::StatusOr<Fault> FaultFromJson(const Json& json, const std::vector<std::string>& nodes);

// {"n1": ["n2"], "n2": []}
Json ToJson(const Grudge& grudge);

}  // namespace gyre
