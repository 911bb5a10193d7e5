// Comparison: did a second run do what the first did? By digests first; where they differ, the first differing record
// of the journals side by side, and the nodes whose system calls differ. Pure but for reading journals.
#pragma once

#include <string>
#include <vector>

#include "tools/run/run.h"
#include "tools/run_record.h"

namespace gyre {

// What is compared of a run.
struct ComparedRun {
  std::string label;  // "recorded", "replayed", "first", "second"
  RunSummary summary;
  std::vector<NodeDigest> nodes;
  std::string journal;  // its path; empty: not kept
  const std::vector<NodeReport>* reports = nullptr;  // with their calls; nullptr: they are not in memory. Borrowed
  std::string calls = {};  // the file that has them then; empty: not kept
};
ComparedRun ComparedOf(std::string label, const RunRecord& record, std::string journal);
// Of a run whose files are in `directory`; empty: none.
ComparedRun ComparedIn(std::string label, const RunRecord& record, const std::string& directory);

struct Comparison {
  bool comparable = true;  // both have digests
  bool digest_equal = true;
  bool calls_equal = true;
  std::string text;  // what differs, lines for people; empty when nothing does
};
Comparison Compare(const ComparedRun& a, const ComparedRun& b);

}  // namespace gyre
