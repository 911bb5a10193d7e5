// What replay and the searches start from: a run in the store, or one that was kept in a file. Plain values.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tools/seed_file.h"

namespace gyre {

struct Recorded {
  RunRecord record;
  std::string store;                      // its directory; empty: it is a seed file
  std::optional<SeedExpectation> expect;  // of a seed file
};

// `place` is a directory of the store or a seed file. Errors are one sentence.
absl::StatusOr<Recorded> ReadRecorded(const std::string& place);

}  // namespace gyre
