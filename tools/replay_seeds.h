// `gyre replay DIRECTORY`: all seed files of a directory, side by side, each compared with what it expects. One thread.
#pragma once

#include "tools/command.h"
#include "tools/options.h"

namespace gyre {

// A line for each file, in their order, and one that counts. The status is 0 when all are as expected, else the worst:
// 254 a file or a program that cannot be used, 3 the same program did something else, 4 not as expected.
ExitStatus ReplaySeeds(const CommandLine& line, const Console& console);

}  // namespace gyre
