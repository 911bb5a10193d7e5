// Large histories of transactions, to time the checkers with. The same for the same options.
#pragma once

#include <cstdint>

#include "sim/history/op.h"

namespace gyre {

enum class TxnObjects : uint8_t { kLists, kRegisters };

struct LargeTxnOptions {
  TxnObjects objects = TxnObjects::kLists;
  uint32_t txns = 1'000'000;
  uint32_t concurrency = 10;
  // So many percent of the transactions, in one run of them, read states of some while ago: they hang together in one
  // strong component.
  uint32_t percent_broken = 0;
};

// As the workloads draw transactions: one to four micro-operations over a pool of ten keys, the last one the most
// likely, and 16 writes a key. Each takes effect at one moment between its invocation and its completion; one in
// fifty fails, one in fifty is never heard of again.
History LargeTxnHistory(const LargeTxnOptions& options);

}  // namespace gyre
