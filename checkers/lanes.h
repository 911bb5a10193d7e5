// Lanes: calls drawn as text over time, one a line, for anomalies of histories.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/check_options.h"
#include "sim/history/op.h"

namespace gyre {

struct Lane {
  uint32_t invoke = 0;               // position in the history
  uint32_t ret = History::kNone;     // kNone: it goes on for ever
  std::string label;                 // "write 3"
  bool marked = false;               // the one that the text is about
};

// A line for each lane, ends with a newline. Each history position that is an end of a lane is a column.
std::string DrawLanes(const History& history, const std::vector<Lane>& lanes, const CheckOptions& options);

}  // namespace gyre
