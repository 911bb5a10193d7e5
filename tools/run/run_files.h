// RunFiles: what a run writes while it goes on: its journal, its decisions and its nodes' logs, in the run's
// directory. A write that fails is remembered and costs the files, never the run. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "sim/base/file.h"
#include "sim/base/time.h"
#include "sim/history/journal.h"
#include "sim/net/decisions.h"

namespace gyre {

// Names within a run's directory.
inline constexpr char kJournalFile[] = "journal";
inline constexpr char kDecisionsFile[] = "decisions.jsonl";
inline constexpr char kNodeLogs[] = "node-logs";
inline constexpr char kNodeFiles[] = "node-files";

// Within a store: the records of sweeps, each a file of JSON lines.
inline constexpr char kSweepsDirectory[] = "sweeps";
inline constexpr char kSweepSuffix[] = ".jsonl";

inline constexpr uint64_t kMostLog = 64u << 20;  // of one node's log

class RunFiles {
 public:
  // In `directory`, which must exist and be empty; empty: nothing is written, the journal only digested.
  RunFiles(const std::string& directory, const std::vector<std::string>& nodes);

  JournalWriter& journal() { return *journal_; }
  void Record(const Decision& decision);
  // What node number `node` wrote to stderr at `time`, raw. The rest of more than kMostLog bytes is dropped, and the
  // log says so. Beside <node>.log, <node>.times has a line "<ns> <offset>" for each time at which something was
  // written.
  void Log(size_t node, Instant time, std::string_view bytes);
  // Writes what is buffered and closes. OK, or the first error of all.
  absl::Status Close();

 private:
  // Logs are opened for each write, so that a thousand nodes do not hold a thousand descriptors.
  struct NodeLog {
    std::string path;  // without ".log"
    std::string buffer;
    std::string times;
    uint64_t size = 0;
  };
  void Write(NodeLog& log);
  void Append(const std::string& path, std::string* buffer);
  void Keep(const absl::Status& status) { status_.Update(status); }

  absl::Status status_;
  std::unique_ptr<JournalWriter> journal_;
  std::unique_ptr<AppendFile> decisions_;  // nullptr: dropped
  std::string line_;                       // of a decision, kept for its capacity
  std::vector<NodeLog> logs_;              // empty: dropped
};

}  // namespace gyre
