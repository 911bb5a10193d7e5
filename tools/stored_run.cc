#include "tools/stored_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <vector>

#include "sim/base/concat.h"
#include "tools/call_file.h"
#include "tools/cores.h"
#include "tools/run/run_files.h"

namespace gyre {
namespace {

// Calls of a node that a doublecheck keeps, in memory.
constexpr size_t kMostComparedCalls = 1u << 20;

// What surrounds the second run of a doublecheck and must not matter: variables in gyre's own environment and
// shifted descriptors. The host does the rest (RunSurroundings::differ).
class Disguise {
 public:
  Disguise() {
    for (const char* name : kNames) setenv(name, "a variable that no node may see", 1);
    for (int i = 0; i < kDescriptors; ++i) {
      const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (fd >= 0) descriptors_.push_back(fd);
    }
  }
  ~Disguise() {
    for (const char* name : kNames) unsetenv(name);
    for (const int fd : descriptors_) close(fd);
  }
  Disguise(const Disguise&) = delete;
  Disguise& operator=(const Disguise&) = delete;

 private:
  static constexpr const char* kNames[] = {"GYRE_DOUBLECHECK", "GYRE_DOUBLECHECK_AGAIN", "A_VARIABLE_MORE"};
  static constexpr int kDescriptors = 7;
  std::vector<int> descriptors_;
};

// The journal of a run in `directory`; nothing if it is not whole, since then it cannot be compared record by record.
std::string JournalIn(const std::string& directory, const RunResult& result) {
  return directory.empty() || !result.files.ok() ? "" : Concat(directory, "/", kJournalFile);
}

// The second run, different on purpose, compared with the first.
absl::StatusOr<Comparison> DoubleCheck(const RunConfig& config, const StoredRunOptions& options,
                                       const StoredRun& first) {
  RunSurroundings surroundings = options.surroundings;
  surroundings.directory = options.second_directory;
  surroundings.differ = true;
  surroundings.core = OtherCore();
  surroundings.keep_files = false;
  surroundings.keep_calls = kMostComparedCalls;
  surroundings.console = nullptr;
  const Disguise disguise;
  const absl::StatusOr<RunResult> result = Run(config, surroundings);
  if (!result.ok()) return result.status();
  ComparedRun a = ComparedOf("first", first.record, JournalIn(options.surroundings.directory, first.result));
  ComparedRun b = ComparedOf("second", MakeRecord(config, *result), JournalIn(options.second_directory, *result));
  a.reports = &first.result.nodes;
  b.reports = &result->nodes;
  return Compare(a, b);
}

}  // namespace

absl::StatusOr<StoredRun> RunAndWrite(const RunConfig& config, const StoredRunOptions& options) {
  RunSurroundings surroundings = options.surroundings;
  if (!surroundings.directory.empty()) surroundings.keep_calls = kMostRecordedCalls;
  if (options.doublecheck) surroundings.keep_calls = kMostComparedCalls;
  absl::StatusOr<RunResult> result = Run(config, surroundings);
  if (!result.ok()) return result.status();

  StoredRun run;
  run.result = *std::move(result);
  run.record = MakeRecord(config, run.result);
  run.status = StatusOf(run.record.result);
  run.files = run.result.files;
  const bool interrupted = run.result.simulation.reason == EndReason::kInterrupted;
  if (options.doublecheck && !interrupted) {
    absl::StatusOr<Comparison> comparison = DoubleCheck(config, options, run);
    if (!comparison.ok()) return comparison.status();
    run.comparison = *std::move(comparison);
    const bool equal = run.comparison.digest_equal && run.comparison.calls_equal;
    run.record.result.doublecheck = !run.comparison.comparable ? "impossible" : equal ? "equal" : "different";
    if (!equal) run.status = Worst(run.status, ExitStatus::kNotReproduced);
    const volatile int* asked = options.surroundings.interrupted;
    if (asked != nullptr && *asked != 0) run.status = ExitStatus::kInterrupted;
  }
  const std::string& directory = options.surroundings.directory;
  if (directory.empty() || (run.status == ExitStatus::kValid && !options.write_valid)) return run;
  run.files.Update(WriteRun(directory, run.record, run.result));
  return run;
}

}  // namespace gyre
