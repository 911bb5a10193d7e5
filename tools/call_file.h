// The file of a run's system calls: of each node the first ones that its call digest is made of, so that a replay can
// name the first that differs. A binary format of its own, a few bytes a call; README.md has the grammar.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/run/run.h"

namespace gyre {

inline constexpr char kCallFile[] = "calls";
// Calls of a node that are written; a run that writes them keeps no more.
inline constexpr size_t kMostRecordedCalls = 1u << 16;

struct NodeCalls {
  std::string node;
  std::vector<LoggedCall> calls;
};

absl::Status WriteCalls(const std::string& path, const std::vector<NodeReport>& nodes);
// Errors: it cannot be read, is of another version or damaged; one sentence with the path.
absl::StatusOr<std::vector<NodeCalls>> ReadCalls(const std::string& path);

}  // namespace gyre
