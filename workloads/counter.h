// The counter workloads: g-counter, which only grows, and pn-counter, which also shrinks.
#pragma once

#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

const Protocol& GCounterProtocol();
const Protocol& PnCounterProtocol();
Workload MakeGCounter(const WorkloadOptions& options);
Workload MakePnCounter(const WorkloadOptions& options);

}  // namespace gyre
