// How far polls were behind: for each key that a process polls, how long before a poll began it was already known that
// there is more than the process has seen. A lower bound; told, never judged.
#pragma once

#include <cstdint>

#include "checkers/kafka_history.h"

namespace gyre {

struct KafkaLag {
  bool found = false;  // else no poll was of any key
  Instant time;        // when the poll began
  ProcessId process;
  uint32_t key = 0;
  Duration lag;
};

// The worst, the first of equal ones. `history` is what `kafka` was read from.
KafkaLag WorstRealtimeLag(const History& history, const KafkaHistory& kafka);

}  // namespace gyre
