// A run done again against what was recorded of it: did it do the same, and if not, had something changed? Pure but for
// reading journals and calls.
#pragma once

#include <string>
#include <vector>

#include "tools/run_record.h"

namespace gyre {

enum class Reproduction {
  kReproduced,     // the same digests
  kOtherCalls,     // the same digest, other system calls
  kChanged,        // the program, a file that it uses, or a decision is another: digests say nothing
  kNotReproduced,  // all is as it was, and it did something else
  kIncomparable,   // one of the two was cut short and has no digest
};

struct ReplayJudgement {
  Reproduction reproduction = Reproduction::kReproduced;
  std::vector<std::string> changed;  // files, sorted
  std::string text;                  // lines that say so
};

// `forced`: decisions were, so that digests are not compared. Directories have the files of the two; empty: not kept.
ReplayJudgement JudgeReplay(const RunRecord& recorded, const std::string& recorded_directory, const RunRecord& again,
                            const std::string& again_directory, bool forced);

}  // namespace gyre
