// The g-set workload: elements are added one by one and the whole set is read; nothing is ever removed.
#pragma once

#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

const Protocol& GSetProtocol();
Workload MakeGSet(const WorkloadOptions& options);

}  // namespace gyre
