#include "sim/host/private_files.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "sim/base/rng.h"
#include "sim/host/clocks.h"
#include "sim/host/sandbox.h"

namespace gyre {
namespace {

// The kernel's clock for files lags behind by a tick of its timer.
constexpr int64_t kTimerTick = 10'000'000;
constexpr uint64_t kFirstMinor = 32;
// Pipes and sockets have one numbering, whatever their devices.
constexpr uint64_t kNoDevice = 0;

int64_t WallTime() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return FromTimespec(now);
}

bool IsStream(const struct stat& status) {
  return (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) && major(status.st_dev) == 0;
}

void FindUnnamedDevices(NodeState& node) {
  struct stat status;
  if (stat("/proc/self/ns/mnt", &status) == 0) {
    node.namespace_device = status.st_dev;
    node.unnamed_devices.insert(status.st_dev);
  }
  const ScopedFd memory(memfd_create("", MFD_CLOEXEC)), epoll(epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : {memory.get(), epoll.get(), node.main->pidfd.get()}) {
    if (fstat(fd, &status) == 0) node.unnamed_devices.insert(status.st_dev);
  }
}

bool HasOwnNumbers(const NodeState& node, uint64_t device) {
  return node.private_devices.count(device) != 0 || node.unnamed_devices.count(device) != 0;
}

}  // namespace

int64_t EarliestFileTime() { return WallTime() - kTimerTick; }

void FindPrivateDevices(NodeState& node, const std::vector<std::string>& paths) {
  struct stat inside, outside;
  struct statfs volume;
  FindUnnamedDevices(node);
  for (const std::string& path : paths) {
    if (fstatat(node.root.get(), path.c_str() + 1, &inside, 0) != 0) continue;
    const bool same = stat(path.c_str(), &outside) == 0 && inside.st_dev == outside.st_dev;
    if (!same) node.private_devices.insert(inside.st_dev);
    if (path != kNodeDirectory || same) continue;
    node.volume_device = inside.st_dev;
    const ScopedFd directory(openat(node.root.get(), path.c_str() + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fstatfs(directory.get(), &volume) == 0) node.volume_blocks = volume.f_blocks;
  }
}

KeptFiles KeepFileNumbers(NodeState& node) {
  KeptFiles kept;
  kept.real_start = node.real_start;
  kept.numbers = node.file_numbers;
  kept.files = std::move(node.files);
  absl::erase_if(kept.files, [&](const auto& entry) { return entry.first.first != node.volume_device; });
  return kept;
}

void GoOnWith(NodeState& node, const KeptFiles& kept) {
  node.real_start = kept.real_start;
  node.file_numbers = kept.numbers;
  node.files = kept.files;
}

bool IsPrivate(const NodeState& node, const struct stat& status) {
  return HasOwnNumbers(node, status.st_dev) || IsStream(status);
}

PrivateFile& FileOf(NodeState& node, uint64_t device, uint64_t inode) {
  PrivateFile& file = node.files[{device, inode}];
  if (file.number == 0) {
    file.number = ++node.file_numbers;
    file.born = file.changed = ClockValue(node, CLOCK_REALTIME);
  }
  return file;
}

PrivateFile& FileOf(NodeState& node, const struct stat& status) {
  return FileOf(node, HasOwnNumbers(node, status.st_dev) ? status.st_dev : kNoDevice, status.st_ino);
}

uint64_t NumberInProc(const std::string& name) {
  constexpr int kBits = 32;
  return name == "/proc" ? 1 : Key("proc").Add(name).hash() >> (64 - kBits);
}

uint64_t DeviceOf(NodeState& node, uint64_t device) {
  if (major(device) != 0) return device;
  const auto [found, is_new] = node.devices.try_emplace(device, 0);
  if (is_new) found->second = makedev(0, kFirstMinor + node.devices.size() - 1);
  return found->second;
}

bool IsReal(const NodeState& node, int64_t time) {
  return time >= node.real_start && time <= WallTime() + kSecond;
}

int64_t VirtualTime(const NodeState& node, uint64_t device, int64_t time, int64_t instead) {
  const bool older = node.unnamed_devices.count(device) != 0 && time < node.real_start;
  return older || IsReal(node, time) ? instead : time;
}

void StampTimes(NodeState& node, int file, const struct stat& status) {
  if (node.private_devices.count(status.st_dev) == 0) return;
  PrivateFile& known = FileOf(node, status);
  const bool read = IsReal(node, FromTimespec(status.st_atim));
  const bool changed = IsReal(node, FromTimespec(status.st_mtim));
  const int64_t when = known.written != kNever ? known.written : ClockValue(node, CLOCK_REALTIME);
  known.written = kNever;
  if (!read && !changed) return;
  if (changed) known.changed = when;
  const timespec omit{0, UTIME_OMIT};
  const timespec times[2] = {read ? ToTimespec(when) : omit, changed ? ToTimespec(when) : omit};
  const bool link = S_ISLNK(status.st_mode);
  const std::string path = link ? "" : absl::StrCat("/proc/self/fd/", file);
  if (utimensat(link ? file : AT_FDCWD, path.c_str(), times, link ? AT_EMPTY_PATH : 0) != 0) {
    node.Find("unsealed-file", "looked at the times of a file that could not be made virtual", false, true);
  }
}

void NoteWritten(NodeState& node, const struct stat& status) {
  if (node.private_devices.count(status.st_dev) == 0) return;
  FileOf(node, status).written = ClockValue(node, CLOCK_REALTIME);
}

}  // namespace gyre
