// SeedFile: a run worth running again, in one file: what run.json has, what must come of it, and its story. Paths in
// the file are relative to it, so that it can be kept beside the program. Its reader and writer. Plain values.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/run_record.h"

namespace gyre {

// What must come of a run: its verdict, and the kind of its first anomaly.
struct SeedExpectation {
  Validity valid = Validity::kUnknown;
  std::string anomaly;  // "": none

  bool operator==(const SeedExpectation& other) const = default;
};
SeedExpectation ExpectationOf(const RunSummary& summary);
std::string ToString(const SeedExpectation& expectation);  // "invalid (lost)", "valid"

struct SeedFile {
  RunRecord record;  // its paths absolute; its environment without what is the caller's
  SeedExpectation expect;
  std::string story;
};

// Whether a file is one of the system's own (/usr/bin/python3), which is where it is on any machine.
bool IsSystem(const std::string& path);
// The text of a seed file at `path`, a line for each member so that changes can be read.
std::string ToText(const SeedFile& seed, const std::string& path);
// Paths and the caller's variables (PATH, LD_LIBRARY_PATH) are filled in. Errors name the file.
absl::StatusOr<SeedFile> ReadSeedFile(const std::string& path);

// A file and no directory: what is there is to be a seed file.
bool IsSeedFile(const std::string& path);
// The seed files of a directory, sorted by name. An error if there are none.
absl::StatusOr<std::vector<std::string>> SeedFilesIn(const std::string& directory);

}  // namespace gyre
