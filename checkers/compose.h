// Compose: the verdicts of several checkers of one history as one, in Maelstrom's shape.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checkers/verdict.h"

namespace gyre {

// {name: details, ..., "valid?": the worst of all}, in the order given; anomalies one after the other.
// REQUIRES: names differ.
Verdict Compose(std::vector<std::pair<std::string, Verdict>> parts);

}  // namespace gyre
