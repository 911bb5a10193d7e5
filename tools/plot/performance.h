// Latency and rate of a history's calls over time, under Jepsen's names, as SVG. Pure functions, any thread.
#pragma once

#include <string>

#include "sim/history/op.h"

namespace gyre {

// A point for each call: when it began, how long it took, what became of it. Of very many an even share is drawn.
std::string LatencyRaw(const History& history);

// For each function, the median, 0.95, 0.99 and longest latency of the calls that ended, second by second or coarser.
std::string LatencyQuantiles(const History& history);

// Completions a second by function and type.
std::string Rate(const History& history);

}  // namespace gyre
