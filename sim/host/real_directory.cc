#include "sim/host/real_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/base/check.h"

namespace gyre {
namespace {

namespace fs = std::filesystem;

constexpr int kPlaces = 1000;
constexpr mode_t kShared = 01777;

void Empty(const std::string& directory) {
  std::error_code ignored;
  for (fs::directory_iterator at(directory, ignored), end; !ignored && at != end; at.increment(ignored)) {
    std::error_code error;
    fs::remove_all(at->path(), error);
  }
}

absl::Status CannotMake(const std::string& directory, int error) {
  return absl::PermissionDeniedError(absl::StrCat("cannot start a node: no directory can be made in ", directory, ": ",
                                                  std::strerror(error), "; remove what is there"));
}

}  // namespace

RealDirectories::~RealDirectories() {
  if (lock_.valid()) Empty(Place());
}

std::string RealDirectories::Place() const { return absl::StrFormat("%s/%03d", parent_, number_); }

absl::Status RealDirectories::Take() {
  // For other users' runs too.
  if (mkdir(parent_.c_str(), kShared) == 0) chmod(parent_.c_str(), kShared);
  for (number_ = 0; number_ < kPlaces; ++number_) {
    const std::string place = Place();
    if (mkdir(place.c_str(), 0755) != 0 && errno != EEXIST) return CannotMake(parent_, errno);
    ScopedFd lock(open(place.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status;
    if (!lock.valid() || fstat(lock.get(), &status) != 0 || status.st_uid != geteuid()) continue;
    if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;
    lock_ = std::move(lock);
    Empty(place);
    return absl::OkStatus();
  }
  return CannotMake(parent_, EBUSY);
}

absl::StatusOr<std::string> RealDirectories::For(uint32_t index, Files files) {
  if (!lock_.valid()) {
    if (absl::Status taken = Take(); !taken.ok()) return taken;
  }
  const std::string directory = absl::StrFormat("%s/%03d", Place(), index);
  std::error_code error;
  if (files == Files::kEmpty) fs::remove_all(directory, error);
  if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) return CannotMake(Place(), errno);
  return directory;
}

std::string RealDirectories::StandIn() const {
  CHECK(lock_.valid());
  constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  return absl::StrFormat("/tmp/.g%c%c", kDigits[number_ / 36], kDigits[number_ % 36]);
}

}  // namespace gyre
