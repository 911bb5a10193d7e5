// The runs of a store as the page lists them, read again as the store grows: a run's file is parsed once and its
// few words kept. Also which path a request may mean: nothing outside of the store, whatever it says. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace gyre {

class StoreList {
 public:
  explicit StoreList(std::string root) : root_(std::move(root)) {}

  // {"store", "runs": [{"id", "workload", "seed", "valid", ...}], "writing": how many are being written}. A run that
  // cannot be read has an "error" in place of its result. Errors: the store is not there.
  absl::StatusOr<std::string> Json();

  // The directory of the run "<workload>/<name>". Errors: not a name of a run, none there, or it leads out of the
  // store.
  absl::StatusOr<std::string> RunDirectory(std::string_view id) const;
  // A file in it, by its path there. Errors as above; symbolic links that lead out of the run are refused.
  absl::StatusOr<std::string> RunFile(std::string_view id, std::string_view path) const;

  // The record of a sweep by its name, "<time>-<workload>". Errors as above.
  absl::StatusOr<std::string> SweepFile(std::string_view name) const;

  const std::string& root() const { return root_; }

 private:
  struct Known {
    int64_t changed = 0;  // mtime in ns
    int64_t size = 0;
    std::string row;      // JSON
    uint64_t round = 0;   // when it was seen last
  };

  const std::string root_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;
  uint64_t round_ = 0;
};

}  // namespace gyre
