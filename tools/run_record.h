// RunRecord: run.json, what a stored run was and what came of it; enough to run it again. Its reader and writer.
// Plain values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/run/run.h"
#include "tools/summary.h"

namespace gyre {

inline constexpr int kRunRecordFormat = 1;
inline constexpr char kRunRecordFile[] = "run.json";

struct NodeDigest {
  std::string name;
  std::string call_digest;
  uint64_t stops = 0;
  uint64_t calls = 0;
};

struct RunRecord {
  std::string version;  // of gyre
  RunConfig config;
  std::string program;  // XXH3 of the program's file
  RunSummary result;    // its store is the directory it was read from
  std::vector<NodeDigest> nodes;
  std::vector<std::pair<std::string, std::string>> manifest;  // path and XXH3, sorted by path
};

RunRecord MakeRecord(const RunConfig& config, const RunResult& result);

// run.json's text, and its value.
std::string ToText(const RunRecord& record);
Json ToJson(const RunRecord& record);
// Errors are clauses: "a member is missing".
absl::StatusOr<RunRecord> RecordFromJson(const Json& json);
// Of the run in `directory`. Errors name the file and say what is wrong with it.
absl::StatusOr<RunRecord> ReadRecord(const std::string& directory);

// Writes all files of a finished run to `directory` but those that were streamed: run.json, results.json, results.edn,
// the history in three formats, and pictures of cycles in kPicturesDirectory.
absl::Status WriteRun(const std::string& directory, const RunRecord& record, const RunResult& result);

}  // namespace gyre
