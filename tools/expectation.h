// What was expected of a history against what came of it: the labels of other checkers, compared with ours. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/json.h"

namespace gyre {

// A sentence for each member in which they differ; none when they agree. Compared are `valid?`, `not`, `anomaly-types`
// and the members that `compared` names, separated by spaces, where both have them. `expected` is an object; names may
// have _ for - and go without their question mark. Orders of lists of names do not count. Types of anomalies do not
// count where one that depends on how long the other checker searched is among them.
std::vector<std::string> Differences(const Json& expected, const Json& result, std::string_view compared);

}  // namespace gyre
