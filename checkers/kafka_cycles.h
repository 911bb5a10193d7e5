// Cycles of a kafka history: operations of which each must have come before the next, and the last before the first,
// because one polled what the other sent (wr), because one ended before the other began (realtime) and, if asked for,
// because one sent what stands right before what the other sent (ww).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/kafka_history.h"
#include "checkers/kafka_orders.h"
#include "checkers/txn_graph.h"

namespace gyre {

// From one operation of a cycle to the next.
struct KafkaStep {
  Relation edge = kRealtime;       // kWw, kWr or kRealtime
  uint32_t from = 0;               // in KafkaHistory::ops
  uint32_t to = 0;
  uint32_t message = kNoMessage;   // kWr: sent by `from`, polled by `to`; kWw: sent by `from`
  uint32_t message2 = kNoMessage;  // kWw: sent by `to`
};

struct KafkaCycle {
  std::string type;  // G0, G1c, G0-realtime, G1c-realtime
  std::vector<KafkaStep> steps;
};

// That some cycle breaks a model, of a component of operations that can each be reached from each.
struct KafkaCycleExists {
  std::string type;               // "PL-2-cycle-exists"
  const char* ruled_out;          // "read-committed"
  std::vector<const char*> subgraph;
  std::vector<uint32_t> component;  // the smallest, in KafkaHistory::ops, ascending
};

struct KafkaCycles {
  bool empty = false;  // no two operations are ordered by anything
  std::vector<KafkaCycleExists> exist;
  std::vector<KafkaCycle> cycles;
};

// At most one cycle of a type and component, the shortest that a bounded search finds.
KafkaCycles FindKafkaCycles(const History& history, const KafkaHistory& kafka, const KafkaOrders& orders, bool ww_deps);

}  // namespace gyre
