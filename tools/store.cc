#include "tools/store.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "tools/run/run_files.h"

namespace gyre {
namespace {

constexpr std::string_view kPartial = ".partial-";  // the leading dot keeps it out of listings

// The pid in the name tells whether its writer lives.
void RemoveLeftovers(const std::string& directory, std::string_view prefix) {
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(directory);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!absl::StartsWith(name, ToAbsl(prefix))) continue;
    const std::string rest = name.substr(prefix.size());
    pid_t writer = 0;
    if (!absl::SimpleAtoi(rest.substr(0, rest.find('-')), &writer) || writer <= 0) continue;
    if (kill(writer, 0) != 0 && errno == ESRCH) RemoveTree(Concat(directory, "/", name));
  }
}

// Local time, as in 20300101T120000.
std::string TimeName() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return absl::StrFormat("%04d%02d%02dT%02d%02d%02d", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                         local.tm_hour, local.tm_min, local.tm_sec);
}

absl::Status CannotStore(const absl::Status& why) {
  return absl::Status(why.code(), Concat("The run cannot be stored: ", why.message(),
                                         "; free some space or name another place with --store DIR."));
}

}  // namespace

StoreEntry::StoreEntry(std::string store, std::string workload, std::string path)
    : store_(std::move(store)), workload_(std::move(workload)), path_(std::move(path)) {}

StoreEntry::StoreEntry(StoreEntry&& other) noexcept
    : store_(std::move(other.store_)), workload_(std::move(other.workload_)), path_(std::move(other.path_)) {
  other.path_.clear();
}

StoreEntry& StoreEntry::operator=(StoreEntry&& other) noexcept {
  std::swap(store_, other.store_);
  std::swap(workload_, other.workload_);
  std::swap(path_, other.path_);
  return *this;
}

StoreEntry::~StoreEntry() {
  if (!path_.empty()) RemoveTree(path_);
}

absl::StatusOr<StoreEntry> StoreEntry::Create(const std::string& store, const std::string& workload) {
  const std::string directory = Concat(store, "/", workload);
  if (absl::Status status = MakeDirectories(directory); !status.ok()) return CannotStore(status);
  const absl::StatusOr<std::string> path = MakeTemporary(directory, kPartial);
  if (!path.ok()) return CannotStore(path.status());
  return StoreEntry(store, workload, *path);
}

StoreEntry StoreEntry::Adopt(const std::string& store, const std::string& workload, const std::string& path) {
  return StoreEntry(store, workload, path);
}

absl::StatusOr<std::string> StoreEntry::Commit(uint64_t seed) {
  CHECK(!path_.empty());
  // mkdtemp made the suffix unique among those that are being written; the name as a whole is unique for ever,
  // since rename refuses a directory that is there and not empty.
  const std::string suffix = path_.substr(path_.rfind('-') + 1);
  const std::string name = Concat(store_, "/", workload_, "/", TimeName(), "-", seed, "-", suffix);
  // mkdtemp makes directories for their owner only.
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms(0755), ignored);
  if (rename(path_.c_str(), name.c_str()) != 0) return CannotStore(FileError("rename", path_, errno));
  path_.clear();
  return name;
}

absl::StatusOr<std::unique_ptr<AppendFile>> CreateSweepFile(const std::string& store, const std::string& workload) {
  const std::string directory = Concat(store, "/", kSweepsDirectory);
  if (absl::Status status = MakeDirectories(directory); !status.ok()) return CannotStore(status);
  const std::string name = Concat(directory, "/", TimeName(), "-", workload);
  for (int number = 1;; ++number) {
    absl::StatusOr<std::unique_ptr<AppendFile>> file =
        AppendFile::Create(Concat(name, number == 1 ? "" : Concat("-", number), kSweepSuffix));
    if (file.ok()) return file;
    if (file.status().code() != absl::StatusCode::kAlreadyExists) return CannotStore(file.status());
  }
}

absl::Status PointLatest(const std::string& store, const std::string& path) {
  CHECK(absl::StartsWith(path, Concat(store, "/")));
  const std::string target = path.substr(store.size() + 1);
  const std::string link = Concat(store, "/latest");
  const std::string fresh = Concat(store, "/.latest-", getpid());
  unlink(fresh.c_str());
  if (symlink(target.c_str(), fresh.c_str()) != 0) return FileError("create", fresh, errno);
  if (rename(fresh.c_str(), link.c_str()) != 0) {
    const int why = errno;
    unlink(fresh.c_str());
    return FileError("replace", link, why);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MakeTemporary(const std::string& directory, std::string_view prefix) {
  RemoveLeftovers(directory, prefix);
  std::string path = Concat(directory, "/", prefix, getpid(), "-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) return FileError("create a directory in", directory, errno);
  return path;
}

absl::StatusOr<ScratchDirectory> ScratchDirectory::Create(std::string_view prefix) {
  const char* place = std::getenv("TMPDIR");
  const absl::StatusOr<std::string> path = MakeTemporary(place == nullptr || *place == '\0' ? "/tmp" : place, prefix);
  if (!path.ok()) return path.status();
  return ScratchDirectory(*path);
}

ScratchDirectory::~ScratchDirectory() {
  if (!path_.empty()) RemoveTree(path_);
}

void RemoveTree(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace gyre
