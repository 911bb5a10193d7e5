#include "sim/host/paths.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sim/host/calls.h"
#include "sim/host/made_ids.h"

namespace gyre {
namespace {

constexpr int kMostLinks = 40;  // as the kernel
constexpr uint64_t kRedZone = 128;

// Where a relative path begins, with ids in /proc as the kernel has them; "" if it cannot be told.
std::string BaseOf(const Process& process, int dirfd) {
  const std::string name = dirfd == AT_FDCWD ? "cwd" : absl::StrCat("fd/", dirfd);
  char base[PATH_MAX];
  const ssize_t length = readlink(absl::StrCat("/proc/", process.pid, "/", name).c_str(), base, sizeof base);
  return length <= 0 || length == sizeof base || base[0] != '/' ? "" : std::string(base, static_cast<size_t>(length));
}

// What a symbolic link says, of which this is a descriptor (O_PATH).
std::string TargetOf(int link) {
  char target[PATH_MAX];
  const ssize_t length = readlinkat(link, "", target, sizeof target);
  return length <= 0 || length == sizeof target ? "" : std::string(target, static_cast<size_t>(length));
}

// As it is written: no link is followed.
std::string Normal(const std::string& path) {
  std::vector<absl::string_view> parts;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != ".") {
      parts.push_back(part);
    }
  }
  return absl::StrCat("/", absl::StrJoin(parts, "/"));
}

// A directory of /proc as the kernel tells it, with the node's own ids of processes and threads in it.
std::string WithMadeIds(const NodeState& node, const std::string& directory) {
  if (!absl::StartsWith(directory, "/proc/")) return directory;
  std::vector<std::string> parts = absl::StrSplit(directory, '/');
  int id = 0;
  for (std::string& part : parts) {
    if (absl::SimpleAtoi(part, &id)) part = absl::StrCat(MadeId(node, id));
  }
  return absl::StrJoin(parts, "/");
}

// What is there may be a constant.
uint64_t LendAt(Thread& thread, uint64_t at, const void* bytes, size_t size) {
  const pid_t pid = thread.process->pid;
  std::string before(size, '\0');
  if (!ReadMemory(pid, at, before.data(), size) || !WriteCode(pid, at, bytes, size)) return 0;
  thread.lent_at = at;
  thread.lent_before = std::move(before);
  return at;
}

bool IsOfKernel(absl::string_view path) { return absl::StartsWith(path, "/proc/") || absl::StartsWith(path, "/sys/"); }

// The path with its links followed as they are written, up to /proc or /sys.
std::string FollowLinks(const NodeState& node, const Process& process, const std::string& path) {
  std::string done;
  std::string rest = path;  // begins with '/' or is empty
  for (int links = 0; !rest.empty() && links < kMostLinks;) {
    const size_t end = std::min(rest.find('/', 1), rest.size());
    const std::string next = Normal(done + rest.substr(0, end));
    if (IsOfKernel(absl::StrCat(next, "/"))) break;
    rest = rest.substr(end);
    const ScopedFd file = ResolvePath(node, process, AT_FDCWD, next, false);
    const std::string target = file.valid() ? TargetOf(file.get()) : "";
    if (target.empty()) {
      done = next;
      continue;
    }
    if (target[0] == '/') done.clear();
    rest = absl::StrCat("/", target, rest);
    ++links;
  }
  return Normal(done + rest);
}

}  // namespace

std::string AbsolutePath(const NodeState& node, const Process& process, int dirfd, const std::string& path) {
  if (path.empty() || path[0] == '/') return path;
  const std::string base = BaseOf(process, dirfd);
  return base.empty() ? "" : absl::StrCat(node.pid_namespace ? base : WithMadeIds(node, base), "/", path);
}

ScopedFd ResolvePath(const NodeState& node, const Process& process, int dirfd, const std::string& path, bool follow) {
  if (path.empty() || !node.root.valid()) return ScopedFd();
  const std::string base = path[0] == '/' ? "" : BaseOf(process, dirfd);
  if (path[0] != '/' && base.empty()) return ScopedFd();
  const std::string whole = absl::StrCat(base, "/", path);
  open_how how{};
  how.flags = static_cast<uint64_t>(O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
  how.resolve = RESOLVE_IN_ROOT;
  return ScopedFd(static_cast<int>(syscall(SYS_openat2, node.root.get(), whole.c_str(), &how, sizeof how)));
}

OpenedPath FollowPath(const NodeState& node, const Process& process, const std::string& path, bool follow) {
  OpenedPath opened{ResolvePath(node, process, AT_FDCWD, path, follow), Normal(path)};
  if (IsOfKernel(opened.name)) return opened;
  struct stat status;
  const bool found = opened.file.valid() && fstat(opened.file.get(), &status) == 0;
  if (found && node.kernel_devices.count(status.st_dev) == 0) return opened;
  // Nothing is there, or what is in /proc: where a link leads through /proc/self, we cannot follow it.
  opened.name = FollowLinks(node, process, path);
  return opened;
}

std::string NameInProc(const NodeState& node, const Thread& thread, const std::string& name, bool follow) {
  if (name != "/proc" && !absl::StartsWith(name, "/proc/")) return "";
  std::vector<std::string> parts = absl::StrSplit(node.pid_namespace ? name : WithMadeIds(node, name), '/');
  const bool beyond = parts.size() > 3 || follow;  // the first one is empty
  if (parts.size() < 3 || !beyond) return name;
  if (parts[2] == "mounts" || parts[2] == "net") parts.insert(parts.begin() + 2, "self");
  if (parts[2] == "self") parts[2] = absl::StrCat(thread.process->ns_pid);
  if (parts[2] == "thread-self") parts[2] = absl::StrCat(thread.process->ns_pid, "/task/", thread.ns_tid);
  return absl::StrJoin(parts, "/");
}

std::string PathOfDescriptor(int file) {
  char path[PATH_MAX];
  const ssize_t length = readlink(absl::StrCat("/proc/self/fd/", file).c_str(), path, sizeof path);
  return length <= 0 || length == sizeof path ? "" : std::string(path, static_cast<size_t>(length));
}

uint64_t LendBelowStack(Thread& thread, const void* bytes, size_t size) {
  return LendAt(thread, (thread.regs.rsp - kRedZone - size) & ~uint64_t{15}, bytes, size);
}

uint64_t LendPath(Thread& thread, uint64_t address, const std::string& path, const std::string& other) {
  const size_t size = other.size() + 1;
  return path.size() >= other.size() ? LendAt(thread, address, other.c_str(), size)
                                     : LendBelowStack(thread, other.c_str(), size);
}

void TakeBack(Thread& thread) {
  if (thread.lent_before.empty()) return;
  WriteCode(thread.process->pid, thread.lent_at, thread.lent_before.data(), thread.lent_before.size());
  thread.lent_before.clear();
}

}  // namespace gyre
