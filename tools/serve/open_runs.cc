#include "tools/serve/open_runs.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "sim/base/concat.h"
#include "sim/history/history_files.h"
#include "tools/run/run_files.h"

namespace gyre {
namespace {

constexpr size_t kKept = 6;
constexpr std::chrono::milliseconds kWait{400};

std::pair<int64_t, int64_t> VersionOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {-1, -1};
  return {status.st_size, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

std::string JournalOf(const std::string& directory) { return Concat(directory, "/", kJournalFile); }

}  // namespace

OpenRun::OpenRun(std::string directory)
    : directory_(std::move(directory)), version_(VersionOf(JournalOf(directory_))), builder_([this] {
        absl::StatusOr<std::unique_ptr<JournalIndex>> index = JournalIndex::Build(JournalOf(directory_), &progress_);
        const std::lock_guard<std::mutex> lock(mutex_);
        index_ = std::move(index);
        ready_.notify_all();
      }) {}

OpenRun::~OpenRun() {
  progress_.cancelled = true;
  builder_.join();
}

absl::StatusOr<const JournalIndex*> OpenRun::Index() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!ready_.wait_for(lock, kWait, [this] { return index_.has_value(); })) return nullptr;
  if (!index_->ok()) return index_->status();
  return (*index_)->get();
}

double OpenRun::progress() const {
  return static_cast<double>(progress_.done.load()) / static_cast<double>(progress_.all.load());
}

absl::StatusOr<const History*> OpenRun::GetHistory() {
  const std::lock_guard<std::mutex> lock(history_mutex_);
  if (!history_.has_value()) history_ = ReadHistory(Concat(directory_, "/history.jsonl"));
  if (!history_->ok()) return history_->status();
  return &**history_;
}

bool OpenRun::Fresh() const { return version_ == VersionOf(JournalOf(directory_)); }

std::shared_ptr<OpenRun> OpenRuns::Open(const std::string& directory) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const auto& run) { return run.first == directory; });
  if (found != runs_.end() && found->second->Fresh()) {
    runs_.splice(runs_.begin(), runs_, found);
    return runs_.front().second;
  }
  if (found != runs_.end()) runs_.erase(found);
  runs_.emplace_front(directory, std::make_shared<OpenRun>(directory));
  if (runs_.size() > kKept) runs_.pop_back();
  return runs_.front().second;
}

}  // namespace gyre
