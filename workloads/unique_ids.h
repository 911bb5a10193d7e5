// Unique ids: nodes hand out ids that no other request ever gets.
#pragma once

#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

const Protocol& UniqueIdsProtocol();

// generate, for ever. The value of an ok is the id. Clients outlive their processes.
Workload MakeUniqueIds(const WorkloadOptions& options);

}  // namespace gyre
