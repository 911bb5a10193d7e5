// The lin-kv workload: a linearizable map with read, write and compare-and-set.
#pragma once

#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

const Protocol& LinKvProtocol();
Workload MakeLinKv(const WorkloadOptions& options);

}  // namespace gyre
