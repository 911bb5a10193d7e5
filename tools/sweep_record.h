// SweepRecord: how each seed of a sweep ended, in the store, for `gyre serve` to draw as a grid: a file of JSON lines,
// STORE/sweeps/<time>-<workload>.jsonl. Its first line is {"gyre-sweep": 1, "workload", "first", "last", "command"};
// each other {"seed", "state"} and, unless the state is "valid", "group", "text", "replay" and, if it was stored,
// "run". It grows as seeds end, so a reader finds whole lines and perhaps the beginning of one. One thread.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/base/file.h"
#include "tools/options.h"
#include "tools/sweep_report.h"

namespace gyre {

class SweepRecord {
 public:
  // Errors say what cannot be written.
  static absl::StatusOr<std::unique_ptr<SweepRecord>> Create(const std::string& store, const std::string& workload,
                                                             const SeedRange& seeds, const std::string& command);
  // On its way to the disk when it returns.
  absl::Status Add(const SweepOutcome& outcome);

 private:
  SweepRecord(std::string store, std::unique_ptr<AppendFile> file) : store_(std::move(store)), file_(std::move(file)) {}

  const std::string store_;
  const std::unique_ptr<AppendFile> file_;
};

}  // namespace gyre
