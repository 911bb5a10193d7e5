// Jepsen's definitions of what is wrong in a kafka history, transcribed without a thought for speed: the oracle that
// the kafka checker is compared with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "checkers/check_options.h"
#include "checkers/kafka.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

struct NaiveKafka {
  // By type, the errors but cycles, in no order: [key, value...] and what else tells them apart.
  std::map<std::string, std::vector<Json>> errors;
  // By type, the operations of each component in which a model is broken.
  std::map<std::string, std::vector<Json>> exist;
  bool empty_graph = false;
  int64_t worst_lag = 0;       // ns
  int64_t worst_lag_time = 0;  // ns
};

// REQUIRES: all values are as a kafka history has them.
NaiveKafka JudgeKafkaNaively(const History& history, Parity parity, bool ww_deps);

// What is wrong with a cycle of a result: "" when each of its steps is an edge of the history, and its name tells them.
std::string WrongCycle(const History& history, const Json& cycle, bool ww_deps);

}  // namespace gyre
