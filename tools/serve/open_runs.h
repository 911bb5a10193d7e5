// OpenRuns: the indexes and histories of the runs that were looked at last, built on a thread of their own and kept
// while they are among the last few. Any thread.
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "sim/history/op.h"
#include "tools/serve/journal_index.h"

namespace gyre {

class OpenRun {
 public:
  // Begins to index the journal in `directory`.
  explicit OpenRun(std::string directory);
  ~OpenRun();
  OpenRun(const OpenRun&) = delete;
  OpenRun& operator=(const OpenRun&) = delete;

  // The index; nullptr if it is not ready after a short wait; an error if there cannot be one.
  absl::StatusOr<const JournalIndex*> Index();
  double progress() const;  // of the index, 0 to 1
  // Read when it is asked for first.
  absl::StatusOr<const History*> GetHistory();

  // Whether the journal is as it was when the index was begun.
  bool Fresh() const;

 private:
  const std::string directory_;
  const std::pair<int64_t, int64_t> version_;  // of the journal: size and mtime
  JournalIndex::Progress progress_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::optional<absl::StatusOr<std::unique_ptr<JournalIndex>>> index_;
  std::mutex history_mutex_;
  std::optional<absl::StatusOr<History>> history_;
  std::thread builder_;  // the last member: it uses the others
};

class OpenRuns {
 public:
  std::shared_ptr<OpenRun> Open(const std::string& directory);

 private:
  std::mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<OpenRun>>> runs_;  // the last used first
};

}  // namespace gyre
