// Transactions over keys: lists that are appended to, and registers that are written. Each is one request whose reply
// has the same micro-operations, with the values of the reads filled in.
#pragma once

#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

const Protocol& TxnListAppendProtocol();
Workload MakeTxnListAppend(const WorkloadOptions& options);

const Protocol& TxnRwRegisterProtocol();
Workload MakeTxnRwRegister(const WorkloadOptions& options);

}  // namespace gyre
