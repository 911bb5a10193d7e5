// The kafka workload: keyed logs to which clients send messages, and which they poll by offset, each from where it was.
#pragma once

#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

const Protocol& KafkaProtocol();
Workload MakeKafka(const WorkloadOptions& options);

}  // namespace gyre
