// The store: one directory a run, store/<workload>/<time>-<seed>-<suffix>/, and the link store/latest. A run is
// written under a temporary name and renamed when it is whole, so that a reader never sees half a run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/base/file.h"

namespace gyre {

// A run's directory while it is written. Removed with all in it unless committed. One thread.
class StoreEntry {
 public:
  // Also removes what processes that were killed left behind in this place. Errors say what cannot be written.
  static absl::StatusOr<StoreEntry> Create(const std::string& store, const std::string& workload);
  // Takes over an entry that another process of ours (a child) has filled.
  static StoreEntry Adopt(const std::string& store, const std::string& workload, const std::string& path);
  ~StoreEntry();
  StoreEntry(StoreEntry&& other) noexcept;
  StoreEntry& operator=(StoreEntry&& other) noexcept;

  // Where to write.
  const std::string& path() const { return path_; }
  // Gives it its name; returns the path.
  absl::StatusOr<std::string> Commit(uint64_t seed);

 private:
  StoreEntry(std::string store, std::string workload, std::string path);

  std::string store_;
  std::string workload_;
  std::string path_;  // empty: nothing to remove
};

// A new file for the record of a sweep: store/sweeps/<time>-<workload>.jsonl, with a number where that is there.
absl::StatusOr<std::unique_ptr<AppendFile>> CreateSweepFile(const std::string& store, const std::string& workload);

// Makes store/latest point to the run at `path`, a result of Commit.
absl::Status PointLatest(const std::string& store, const std::string& path);

// Makes the directory `directory`/<prefix><pid>-<suffix>, for its owner only. Those of this prefix whose makers were
// killed are removed first. Errors say what cannot be made.
absl::StatusOr<std::string> MakeTemporary(const std::string& directory, std::string_view prefix);

// A directory below TMPDIR or /tmp that is removed at the end.
class ScratchDirectory {
 public:
  static absl::StatusOr<ScratchDirectory> Create(std::string_view prefix);
  ~ScratchDirectory();
  ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Removes a directory and all in it; errors are ignored, since what cannot be removed is only left over.
void RemoveTree(const std::string& path);

}  // namespace gyre
