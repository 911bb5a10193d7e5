// Small random histories of transactions, of databases of several kinds, most of them not very good.
#pragma once

#include <cstdint>

#include "sim/history/op.h"
#include "tests/checkers/txn_notation.h"

namespace gyre {

struct RandomTxnOptions {
  Notes notes = Notes::kLists;
  uint32_t txns = 4;
  // All transactions complete as ok, reads are not tampered with, and one reads all keys at the end.
  bool fully_seen = false;
};

// The same for the same seed.
History RandomTxns(uint64_t seed, const RandomTxnOptions& options);

}  // namespace gyre
