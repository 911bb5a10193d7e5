// The calls of a history as an HTML page: a column for each thread, time down, a box for each call. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>

#include "sim/history/op.h"

namespace gyre {

// The first `most` calls. A row is an entry of the history, so that bursts can be read and silence takes no room.
std::string Timeline(const History& history, size_t most);

}  // namespace gyre
