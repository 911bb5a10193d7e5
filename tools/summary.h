// RunSummary: one run in a few words and numbers: what --json prints, what a sweep's children send to their parent and
// --out keeps, and the result member of run.json. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/exit_status.h"
#include "tools/run/run.h"

namespace gyre {

struct RunSummary {
  uint64_t seed = 0;
  Validity valid = Validity::kUnknown;
  std::string reason = "completed";  // why it ended, a word of EndReason
  std::string grade = "exact";
  std::string leak;
  std::string digest;       // hexadecimal; empty: the run has none (stuck, interrupted)
  std::string call_digest;  // over all nodes; empty like digest
  Duration virtual_time;
  double wall_seconds = 0;  // from the first event to the verdict
  uint64_t operations = 0;
  uint64_t messages = 0;
  std::string store;        // the run's directory; empty: not stored
  std::string doublecheck;  // "equal", "different", "impossible" (no digest); empty: not done
  std::string site;         // where the first node crashed, if that is what is wrong; without what varies
  std::string anomaly;      // the first thing that is wrong: its kind; empty: nothing is
  std::string text;         // and in words, one line
  // Whether an operation shows it that was invoked after the main phase, when the system had time to recover. Not in
  // JSON.
  bool at_end = false;
  Coverage coverage;
};

// Where in the history the operations are that an anomaly's witness names, ascending.
std::vector<int64_t> NamedOperations(const Json& witness);

RunSummary Summarize(const RunConfig& config, const RunResult& result);
Json ToJson(const RunSummary& summary);
// Who adds up runs wants "coverage" too, which a stored run has in its journal.
Json ToJsonWithCoverage(const RunSummary& summary);
// Of either: a summary without coverage has none.
absl::StatusOr<RunSummary> SummaryFromJson(const Json& json);

// 0, 1 or 2; 130 when it was interrupted.
ExitStatus StatusOf(const RunSummary& summary);

}  // namespace gyre
