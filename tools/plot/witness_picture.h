// An anomaly whose witness names operations, as a picture: a lane for each process, a bar for each of its operations,
// time to the right in the order of events, so that what overlaps can be read. Below, for an element of a set, every
// read from then on and whether it returned the element; for a key of logs, what was seen at which offset. Pure; any
// thread.
#pragma once

#include <string>

#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Whether a witness names operations.
bool NamesOperations(const Anomaly& anomaly);

// REQUIRES: NamesOperations(anomaly), and its witness is of `history`. Positions that are not in it are left out.
std::string WitnessPicture(const History& history, const Anomaly& anomaly);

}  // namespace gyre
