// The cores that gyre may use: a simulation is pinned to one, so that its nodes and their tracer share its caches.
#pragma once

#include <vector>

namespace gyre {

// As this process was allowed when first asked, before it pinned itself: ask early. Ascending, never empty.
const std::vector<int>& AllowedCores();
// One that is not the current core, if there is one.
int OtherCore();

}  // namespace gyre
