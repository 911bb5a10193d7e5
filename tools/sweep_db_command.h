// `gyre sweep status|show|failures|coverage FILE` and `gyre merge`: what a sweep's results file tells. One thread.
#pragma once

#include <optional>

#include "tools/command.h"

namespace gyre {

// Nothing if the words are not of these.
std::optional<ExitStatus> SweepDbCommand(const Words& words, const Console& console);

}  // namespace gyre
