// Echo: a node answers what it was asked. For a first program.
#pragma once

#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

const Protocol& EchoProtocol();

// Each thread sends "Please echo K", K uniform in 0 to 127. The value of an ok is the whole reply.
Workload MakeEcho(const WorkloadOptions& options);

}  // namespace gyre
