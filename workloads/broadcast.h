// Broadcast: what is told to one node must become known to all.
#pragma once

#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sim/base/json.h"
#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

// Who is whose neighbour, as nodes are told: {node: [neighbour, ...], ...}.
struct TopologyKind {
  const char* name;
  Json (*make)(const std::vector<std::string>& nodes);
};

// All kinds, alphabetical.
absl::Span<const TopologyKind> Topologies();
// nullptr when there is none of that name.
const TopologyKind* FindTopology(std::string_view name);

const Protocol& BroadcastProtocol();

// A uniform mix of broadcasts of 0, 1, 2, ... and reads; at the end one read for each thread. Each node is told the
// topology after init. REQUIRES: options.topology is one of Topologies.
Workload MakeBroadcast(const WorkloadOptions& options);

}  // namespace gyre
