// One run with its files: Run, run again and compare if asked, and write what is to be kept. What test, replay and
// sweep share. One thread.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tools/comparison.h"
#include "tools/run/run.h"
#include "tools/run_record.h"

namespace gyre {

struct StoredRunOptions {
  RunSurroundings surroundings;  // its directory is where the files go; empty: nowhere
  bool doublecheck = false;
  std::string second_directory;  // for the second run's files; empty: none
  bool write_valid = true;       // false: only failing runs get more than their streamed files
};

struct StoredRun {
  RunResult result;
  RunRecord record;
  Comparison comparison;  // of the doublecheck
  absl::Status files;     // why the files are not whole
  ExitStatus status = ExitStatus::kUnknown;
};

// Errors are Run's.
absl::StatusOr<StoredRun> RunAndWrite(const RunConfig& config, const StoredRunOptions& options);

}  // namespace gyre
