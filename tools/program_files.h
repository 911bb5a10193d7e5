// ProgramFiles: which files make the program that a sweep runs: that of --bin, and, where it is one of the system's, so
// perhaps an interpreter, those that its arguments name. What else it reads (libraries, classes) is not known before it
// runs. Plain values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/run/run.h"

namespace gyre {

class ProgramFiles {
 public:
  // As they are now. Errors say what cannot be read.
  static absl::StatusOr<ProgramFiles> Of(const RunConfig& config);

  // Of the bytes of all of them, hexadecimal; not of their names.
  const std::string& digest() const { return digest_; }

  // An error when one of them is another file than it was, or was written to. One that is gone is none: the next run
  // says so.
  absl::Status Unchanged() const;

 private:
  std::vector<std::pair<std::string, std::string>> files_;  // path, and what a write changes
  std::string digest_;
};

}  // namespace gyre
