// The results of a run as a person reads them: the verdict, what to look at first, counts, where to look. Pure.
#pragma once

#include <string>
#include <string_view>

#include "tools/comparison.h"
#include "tools/run/run.h"
#include "tools/summary.h"

namespace gyre {

// The line before a run: what is run, its seed, and the command that does it again.
std::string FormatStart(const RunConfig& config);

// What came of it, and of its doublecheck if there was one. Ends with the seed and the command that replays it:
// `again`, or where that is empty HowToReplay. `colour`: for a terminal.
std::string FormatResults(const RunConfig& config, const RunResult& result, const RunSummary& summary,
                          const Comparison& doublecheck, bool colour, std::string_view again = "");

// What a doublecheck found; nothing when there was none.
std::string FormatDoublecheck(const RunSummary& summary, const Comparison& comparison);

// How to do the run again: from the store, or from its options when it was not stored.
std::string HowToReplay(const RunConfig& config, const RunSummary& summary);

}  // namespace gyre
