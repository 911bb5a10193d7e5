#include "sim/host/mount_plan.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/strings/str_split.h"
#include "sim/host/sandbox.h"

namespace gyre {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrivateDirectories[] = {"/dev/shm", "/tmp", "/var/tmp"};

// Directories that belong to the system, where a program keeps nothing of its own. They stay read-only: an overlay
// over them would hide what is mounted below.
constexpr std::string_view kSystemDirectories[] = {"/bin", "/boot", "/dev", "/etc",  "/lib", "/lib32", "/lib64",
                                                   "/opt", "/proc", "/run", "/sbin", "/sys", "/usr"};

bool IsBelow(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

class Planner {
 public:
  Planner() {
    for (std::string_view directory : kPrivateDirectories) {
      std::error_code error;
      // A link, as /var/tmp -> /tmp, is left alone: what it points to is made private once.
      if (fs::canonical(directory, error) == directory && fs::is_directory(directory, error)) {
        plan_.private_directories.emplace_back(directory);
      }
    }
  }

  // Makes what `path` names visible: the name itself and, if links are on the way, the place where they lead.
  void ShowPath(const std::string& path) {
    ShowEntry(fs::path(path).lexically_normal().string());
    std::error_code error;
    fs::path real = fs::canonical(path, error);
    if (!error) ShowEntry(real.string());
  }

  void MakeWritable(const std::string& bin) {
    std::error_code error;
    fs::path real = fs::canonical(bin, error);
    if (error) return;  // the exec says what is wrong
    std::string directory = real.parent_path().string();
    bool system = directory == "/";
    for (std::string_view path : kSystemDirectories) system = system || directory == path || IsBelow(directory, path);
    for (const std::string& path : plan_.private_directories) {
      system = system || directory == path || IsBelow(directory, path);
    }
    if (!system) plan_.through.push_back({directory, MountThrough::How::kCopyOnWrite, "", false});
  }

  MountPlan Finish() {
    auto by_path = [](const MountThrough& a, const MountThrough& b) { return a.path < b.path; };
    auto same_path = [](const MountThrough& a, const MountThrough& b) { return a.path == b.path; };
    std::sort(plan_.through.begin(), plan_.through.end(), by_path);
    plan_.through.erase(std::unique(plan_.through.begin(), plan_.through.end(), same_path), plan_.through.end());
    return std::move(plan_);
  }

 private:
  void ShowEntry(const std::string& path) {
    for (const std::string& directory : plan_.private_directories) {
      if (!IsBelow(path, directory)) continue;
      std::string entry = path.substr(0, path.find('/', directory.size() + 1));
      struct stat status;
      if (IsBelow(path + "/", kNodeDirectory) || lstat(entry.c_str(), &status) != 0) return;
      MountThrough through{entry, MountThrough::How::kReadOnlyFile, "", true};
      if (S_ISDIR(status.st_mode)) through.how = MountThrough::How::kCopyOnWrite;
      if (S_ISLNK(status.st_mode)) {
        std::error_code error;
        through.how = MountThrough::How::kSymlink;
        through.symlink_target = fs::read_symlink(entry, error).string();
        if (error) return;
      }
      plan_.through.push_back(std::move(through));
      return;
    }
  }

  MountPlan plan_;
};

}  // namespace

MountPlan PlanMounts(const std::string& bin, const std::vector<std::string>& args) {
  Planner planner;
  planner.ShowPath(bin);
  for (const std::string& arg : args) {
    size_t value = arg.find('=') + 1;  // 0 without one: the argument itself
    for (const std::string& list : {arg, arg.substr(value)}) {
      if (!list.starts_with("/")) continue;
      for (const std::string& path : std::vector<std::string>(absl::StrSplit(list, ':'))) {
        if (path.starts_with("/")) planner.ShowPath(path);
      }
    }
  }
  planner.MakeWritable(bin);
  return planner.Finish();
}

}  // namespace gyre
