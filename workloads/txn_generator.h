// Transactions: what the clients of the transaction and kafka workloads ask for. Each is a list of micro-operations,
// reads and writes of keys of a small pool; every write to a key has another value: 1, 2, 3, ... A key that has had
// its writes leaves the pool, and one that was never used takes its place. After Elle 0.2.2's elle.txn/wr-txns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/rng.h"
#include "sim/generator.h"

namespace gyre {

struct TxnLoad {
  uint64_t key_count = 0;  // keys in use at a time; 0: what the distribution takes, 10 or, if uniform, 3
  std::string key_dist = "exponential";  // or "uniform"
  uint64_t key_dist_base = 2;  // exponential: how much likelier each place of the pool is than the one before; >= 2
  uint64_t max_length = 4;     // micro-operations of a transaction, 1 at least
  uint64_t max_writes_per_key = 16;
};

struct MicroOp {
  bool writes = false;
  uint64_t key = 0;
  uint64_t value = 0;  // of a write
};

// Draws places 0..count-1 of a pool, place i with a probability in proportion to base^i; base 1: all alike. Integers
// decide. Immutable, any thread.
class PlaceTable {
 public:
  // REQUIRES: count > 0, base > 0.
  PlaceTable(uint64_t count, uint64_t base);
  uint64_t Pick(Draw& draw) const;

 private:
  uint64_t first_ = 0;             // places before it are too unlikely to be drawn from 64 bits
  std::vector<uint64_t> weights_;  // of the places from first_ on, each the sum up to and with it; empty: all alike
  uint64_t count_;
};

// The keys in use and how far their values have come: the state of a generator of transactions. One thread.
class TxnPool {
 public:
  explicit TxnPool(const TxnLoad& options);
  // The next transaction: 1 to max_length micro-operations, as likely to read as to write.
  std::vector<MicroOp> Next(Draw& draw);

 private:
  struct Slot {
    uint64_t key = 0;
    uint64_t next_value = 1;
  };

  uint64_t max_length_;
  uint64_t max_writes_per_key_;
  PlaceTable places_;
  std::vector<Slot> slots_;
  uint64_t next_key_;  // one more than the greatest in use
};

// Transactions without end, as operations of f "txn" with the value [["r", 8, null], [write, 9, 1], ...].
GeneratorPtr Transactions(std::string path, const TxnLoad& options, const char* write);

}  // namespace gyre
