// Linearizability: whether there is an order of the operations in which each takes effect at one moment between its
// invocation and its completion, and which an object that does one thing at a time allows (Herlihy and Wing 1990).
//
// Complete: an answer of valid or invalid is never a guess; a search that would take more than its budget of steps is
// unknown. Keys are judged one by one, which is the same as together (Herlihy and Wing, theorem 1). Histories of a
// register whose values are all written once are decided in O(n log n) (linear_zones.h), all others by search
// (linear_search.h).
//
// As in Knossos, operations that ended as :info, or not at all, may have taken effect at any time after their
// invocation, or never; those that ended as :fail did not happen.
#pragma once

#include <cstdint>
#include <string>

#include "checkers/check_options.h"
#include "checkers/linear_models.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

struct LinearizableOptions {
  std::string model = "cas-register";  // one of LinearModels()
  ModelOptions object;
  // Values are [key, value], as jepsen.independent has them. Operations whose values are not go to every key.
  bool split_keys = false;
  uint64_t step_budget = 50'000'000;   // for each key
};

// Keys without split_keys: valid?, configs, final-paths; when invalid also op, previous-ok, last-op, analyzer. With it:
// valid?, results {key {valid?, linearizable {as above}}}, failures [key...]. Unknown when no operation succeeded (ours
// only), the budget ran out, or an operation is none of the model's (error says which).
// REQUIRES: the model exists.
Verdict CheckLinearizable(const History& history, const CheckOptions& options,
                          const LinearizableOptions& linearizable);

// The workload lin-kv: compare-and-set registers by key, empty at first; a read of null says nothing.
Verdict CheckLinKv(const History& history, const CheckOptions& options);

}  // namespace gyre
