// What calls tell of files: stat, directories, file systems, links of /proc. The kernel answers; what is of its own
// choosing (private_files.h) is replaced in the answer. Paths below the system's directories lead to no private file
// and pass untouched. stat(2), statx(2), getdents(2), statfs(2), utimensat(2), proc(5).
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utime.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/descriptors.h"
#include "sim/host/made_ids.h"
#include "sim/host/paths.h"
#include "sim/host/private_files.h"

namespace gyre {
namespace {

constexpr size_t kLongestPath = 4096;
// What a file system that is not the node's own shows: as large as the memory, half full.
constexpr uint64_t kMachineBlocks = 1 << 20;
constexpr uint64_t kVolumeFiles = 1 << 18;
constexpr int kVolumeId = 0x67797265;

// Directories whose files are the machine's in every run.
constexpr const char* kSystemPrefixes[] = {"/bin/", "/boot/", "/etc/", "/lib/",  "/lib32/", "/lib64/",
                                           "/opt/", "/proc/", "/run/", "/sbin/", "/sys/",   "/usr/"};

// Whether a path below these directories leads to /proc: df looks at mtab.
bool LeadsToProc(const std::string& path) { return absl::StartsWith(path, "/proc/") || path == "/etc/mtab"; }

// "/proc/self/x" of a process as seen from outside, for those x that are links to files; "" for other paths.
std::string OwnLink(const Process& process, const std::string& path) {
  for (const std::string& prefix : {std::string("/proc/self/"), absl::StrCat("/proc/", process.ns_pid, "/")}) {
    if (!absl::StartsWith(path, prefix)) continue;
    const std::string rest = path.substr(prefix.size());
    const bool descriptor = absl::StartsWith(rest, "fd/") && rest.find('/', 3) == std::string::npos;
    if (rest == "cwd" || rest == "exe" || descriptor) return absl::StrCat("/proc/", process.pid, "/", rest);
  }
  return "";
}

// The file that a path of the node leads to, invalid if it is none of its private ones.
ScopedFd FileAt(Call& call, int dirfd, const std::string& path, bool follow) {
  const std::string own = OwnLink(*call.thread.process, path);
  if (!own.empty()) return ScopedFd(follow ? open(own.c_str(), O_PATH | O_CLOEXEC) : -1);
  for (const char* prefix : kSystemPrefixes) {
    if (absl::StartsWith(path, prefix)) return ScopedFd();
  }
  return ResolvePath(call.node, *call.thread.process, dirfd, path, follow);
}

// The name in /proc of what a path leads to that cannot be told from outside; "" if it does not lead there.
std::string ProcFileAt(Call& call, int dirfd, const std::string& path, bool follow) {
  const Process& process = *call.thread.process;
  const std::string own = OwnLink(process, path);
  if (!own.empty() && !follow) return NameInProc(call.node, call.thread, path, false);
  for (const char* prefix : kSystemPrefixes) {
    if (absl::StartsWith(path, prefix) && !LeadsToProc(path)) return "";
  }
  const std::string whole = AbsolutePath(call.node, process, dirfd, path);
  return NameInProc(call.node, call.thread, FollowPath(call.node, process, whole, follow).name, follow);
}

// The arguments of the stat family, in one form.
struct StatCall {
  int dirfd = AT_FDCWD;
  uint64_t path = 0;  // 0: the descriptor itself
  uint64_t flags = 0;
  uint64_t result = 0;
};

StatCall StatCallOf(const user_regs_struct& regs) {
  const int first = static_cast<int>(regs.rdi);
  switch (regs.orig_rax) {
    case SYS_fstat: return {first, 0, 0, regs.rsi};
    case SYS_lstat: return {AT_FDCWD, regs.rdi, AT_SYMLINK_NOFOLLOW, regs.rsi};
    case SYS_newfstatat: return {first, regs.rsi, regs.r10, regs.rdx};
    case SYS_statx: return {first, regs.rsi, regs.rdx, regs.r8};
    default: return {AT_FDCWD, regs.rdi, 0, regs.rsi};
  }
}

// The mount of a file of the machine is numbered for the node all the same.
constexpr uint64_t kMountAsked = 0x1000 | 0x4000;  // STATX_MNT_ID, STATX_MNT_ID_UNIQUE
Outcome PassUnlessMountAsked(Call& call) {
  const bool asked = call.nr == SYS_statx && (call.args[3] & kMountAsked) != 0;
  return asked ? PassToExit(call.thread, AtExit::kStat) : Pass();
}

}  // namespace

Outcome OnStat(Call& call) {
  if (!call.node.private_files) return Pass();
  const StatCall wanted = StatCallOf(call.thread.regs);
  std::string path;
  if (wanted.path != 0 && !ReadString(call.pid(), wanted.path, kLongestPath, &path)) return Pass();
  // Some runtimes ask for stdin's kind before each read. Nothing of its pipe changes that a node may see.
  const bool is_stdin = wanted.dirfd == 0 && !call.thread.process->stdin_moved && path.empty() &&
                        (wanted.path == 0 || (wanted.flags & AT_EMPTY_PATH) != 0);
  if (is_stdin && call.nr != SYS_statx && call.node.stdin_status.has_value()) {
    return Return(WriteValue(call.pid(), wanted.result, *call.node.stdin_status) ? 0 : -EFAULT);
  }
  const bool follow = (wanted.flags & AT_SYMLINK_NOFOLLOW) == 0;
  const ScopedFd file = path.empty() ? SeeDescriptor(*call.thread.process, wanted.dirfd)
                                     : FileAt(call, wanted.dirfd, path, follow);
  struct stat status {};
  const bool known = file.valid() && fstat(file.get(), &status) == 0;
  if (known && IsPrivate(call.node, status)) {
    StampTimes(call.node, file.get(), status);
    return PassToExit(call.thread, AtExit::kStat);
  }
  if (known && status.st_dev != call.node.proc_device) return PassUnlessMountAsked(call);
  call.thread.told_of = known ? NameInProc(call.node, call.thread, PathOfDescriptor(file.get()), false)
                              : ProcFileAt(call, wanted.dirfd, path, follow);
  return call.thread.told_of.empty() ? PassUnlessMountAsked(call) : PassToExit(call.thread, AtExit::kStat);
}

namespace {

// What is told of a file instead of what the kernel chose, as far as it is replaced.
struct Told {
  uint64_t number = 0;
  int64_t born = 0;
  int64_t changed = 0;
  bool links = true;  // their count as the kernel has it
};

// Of a file of /proc, which is as old as the node; the root's links count the machine's processes.
Told ToldOfProc(const std::string& name) {
  return {NumberInProc(name), kRealtimeStart, kRealtimeStart, name != "/proc"};
}

// Nothing for the machine's files.
std::optional<Told> WhatToTell(NodeState& node, const Thread& thread, const struct stat& status) {
  if (status.st_dev == node.proc_device && !thread.told_of.empty()) return ToldOfProc(thread.told_of);
  if (!IsPrivate(node, status)) return std::nullopt;
  const PrivateFile& file = FileOf(node, status);
  return Told{file.number, file.born, file.changed};
}

// As VirtualTime, of /proc too.
int64_t ToldTime(const NodeState& node, uint64_t device, int64_t time, int64_t instead) {
  return device == node.proc_device ? instead : VirtualTime(node, device, time, instead);
}

void SealStat(NodeState& node, const Thread& thread, uint64_t address) {
  struct stat status;
  const pid_t pid = thread.process->pid;
  if (!ReadValue(pid, address, &status)) return;
  const std::optional<Told> told = WhatToTell(node, thread, status);
  if (!told.has_value()) return;
  const bool is_stdin = S_ISFIFO(status.st_mode) && status.st_ino == node.in.inode();
  for (timespec* time : {&status.st_atim, &status.st_mtim, &status.st_ctim}) {
    *time = ToTimespec(ToldTime(node, status.st_dev, FromTimespec(*time), told->changed));
  }
  status.st_ino = told->number;
  status.st_dev = DeviceOf(node, status.st_dev);
  if (!told->links) status.st_nlink = 1;
  WriteValue(pid, address, status);
  if (is_stdin) node.stdin_status = status;
}

void SealStatx(NodeState& node, const Thread& thread, uint64_t address) {
  const pid_t pid = thread.process->pid;
  struct statx status;
  if (!ReadValue(pid, address, &status)) return;
  struct stat plain {};
  plain.st_dev = makedev(status.stx_dev_major, status.stx_dev_minor);
  plain.st_ino = status.stx_ino;
  plain.st_mode = status.stx_mode;
  const std::optional<Told> told = WhatToTell(node, thread, plain);
  const uint64_t device = told.has_value() ? DeviceOf(node, plain.st_dev) : plain.st_dev;
  // struct statx has had its last fields added over time: the mount's id is where spare room was.
  constexpr size_t kMountId = 0x90;
  constexpr uint64_t kMachineMount = 20;  // as fdinfo tells
  const uint64_t mount = told.has_value() ? minor(device) : kMachineMount;
  std::memcpy(reinterpret_cast<char*>(&status) + kMountId, &mount, sizeof mount);
  if (!told.has_value()) {
    if ((thread.regs.r10 & kMountAsked) != 0) WriteValue(pid, address, status);
    return;
  }
  status.stx_ino = told->number;
  if (!told->links) status.stx_nlink = 1;
  status.stx_dev_major = major(device);
  status.stx_dev_minor = minor(device);
  const auto seal = [&](statx_timestamp* time, int64_t instead) {
    const int64_t shown = ToldTime(node, plain.st_dev, time->tv_sec * kSecond + time->tv_nsec, instead);
    time->tv_sec = shown / kSecond;
    time->tv_nsec = static_cast<uint32_t>(shown % kSecond);
  };
  for (statx_timestamp* time : {&status.stx_atime, &status.stx_mtime, &status.stx_ctime}) seal(time, told->changed);
  if ((status.stx_mask & STATX_BTIME) != 0) seal(&status.stx_btime, told->born);
  WriteValue(pid, address, status);
}

}  // namespace

void NoteStat(NodeState& node, const Thread& thread) {
  if (thread.regs.rax != 0) return;
  const uint64_t address = StatCallOf(thread.regs).result;
  if (thread.regs.orig_rax == SYS_statx) {
    SealStatx(node, thread, address);
  } else {
    SealStat(node, thread, address);
  }
}

Outcome OnStatfs(Call& call) {
  return call.node.private_files ? PassToExit(call.thread, AtExit::kStatfs) : Pass();
}

void NoteStatfs(NodeState& node, const Thread& thread) {
  struct statfs status;
  const pid_t pid = thread.process->pid;
  if (thread.regs.rax != 0 || !ReadValue(pid, thread.regs.rsi, &status)) return;
  const bool volume = status.f_type == TMPFS_MAGIC || status.f_type == OVERLAYFS_SUPER_MAGIC;
  if (volume && status.f_blocks == node.volume_blocks) {
    const uint64_t used = status.f_files - status.f_ffree;
    status.f_files = kVolumeFiles;
    status.f_ffree = kVolumeFiles - std::min(used, kVolumeFiles);
  } else if (status.f_blocks != 0) {
    status.f_blocks = status.f_files = kMachineBlocks;
    status.f_bfree = status.f_bavail = status.f_ffree = kMachineBlocks / 2;
  }
  status.f_fsid.__val[0] = kVolumeId;
  status.f_fsid.__val[1] = static_cast<int>(status.f_type);
  WriteValue(pid, thread.regs.rsi, status);
}

Outcome OnGetdents(Call& call) {
  return call.node.private_files || !call.node.pid_namespace ? PassToExit(call.thread, AtExit::kListed) : Pass();
}

namespace {

// One struct linux_dirent64 of a listing: its fixed part is inode, offset, length and type.
struct Entry {
  uint64_t inode;
  int64_t offset;
  std::string rest;  // from the length on
  absl::string_view name() const { return absl::string_view(rest.data() + 3); }
};

std::vector<Entry> EntriesOf(const std::string& bytes) {
  constexpr size_t kFixed = offsetof(dirent64, d_reclen);
  std::vector<Entry> entries;
  for (size_t at = 0; at + kFixed + 3 <= bytes.size();) {
    Entry entry;
    uint16_t length;
    std::memcpy(&entry.inode, bytes.data() + at, 8);
    std::memcpy(&entry.offset, bytes.data() + at + 8, 8);
    std::memcpy(&length, bytes.data() + at + kFixed, 2);
    if (length <= kFixed + 3 || at + length > bytes.size()) break;
    entry.rest = bytes.substr(at + kFixed, length - kFixed);
    entries.push_back(std::move(entry));
    at += length;
  }
  return entries;
}

}  // namespace

namespace {

void AppendEntry(const Entry& entry, int64_t offset, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(&entry.inode), 8);
  bytes->append(reinterpret_cast<const char*>(&offset), 8);
  *bytes += entry.rest;
}

// False if there is no room for the name.
bool Rename(Entry* entry, const std::string& name) {
  const size_t room = entry->rest.size() - 3;
  if (name.size() >= room) return false;
  std::memset(entry->rest.data() + 3, 0, room);
  std::memcpy(entry->rest.data() + 3, name.data(), name.size());
  return true;
}

// A piece of a listing of /proc, or of the threads of a process, where no namespace hides the machine's: the node's own
// by their made ids, in the order of these, and no others.
std::string OwnIdsOnly(const NodeState& node, const std::vector<Entry>& entries) {
  std::vector<Entry> others;
  std::map<int, Entry> own;
  for (Entry entry : entries) {
    int real = 0;
    if (!absl::SimpleAtoi(entry.name(), &real)) {
      others.push_back(std::move(entry));
    } else if (const int made = MadeId(node, real); made != 0 && Rename(&entry, absl::StrCat(made))) {
      own.emplace(made, std::move(entry));
    }
  }
  for (auto& [made, entry] : own) others.push_back(std::move(entry));
  // Nothing at all would be the end of the listing.
  if (others.empty() && Rename(&others.emplace_back(entries.front()), ".")) others.back().inode = 1;
  std::string sealed;
  for (const Entry& entry : others) AppendEntry(entry, entry.offset, &sealed);
  return sealed;
}

// Whether the directory's names are ids of processes or threads.
bool ListsIds(const Process& process, int fd) {
  char target[64] = {};
  const std::string link = absl::StrCat("/proc/", process.pid, "/fd/", fd);
  if (readlink(link.c_str(), target, sizeof target - 1) <= 0) return false;
  return absl::string_view(target) == "/proc" || absl::EndsWith(target, "/task");
}

}  // namespace

namespace {

// The name of an entry of a directory that is somewhere in /proc.
std::string NameOfEntry(const std::string& directory, const std::string& entry) {
  if (entry == "." || (entry == ".." && directory == "/proc")) return directory;
  return entry == ".." ? directory.substr(0, directory.rfind('/')) : absl::StrCat(directory, "/", entry);
}

}  // namespace

// A directory of the node's volume lists its files in an order that follows from what was done to it; others, in one
// of the machine's file system, so what one call returns is sorted by name there. Offsets keep their places.
void NoteListed(NodeState& node, Thread& thread) {
  const pid_t pid = thread.process->pid;
  const auto size = static_cast<int64_t>(thread.regs.rax);
  const ScopedFd directory = SeeDescriptor(*thread.process, static_cast<int>(thread.regs.rdi));
  struct stat status;
  struct statfs system;
  if (size <= 0 || fstat(directory.get(), &status) != 0 || fstatfs(directory.get(), &system) != 0) return;
  const bool ids = system.f_type == PROC_SUPER_MAGIC && !node.pid_namespace &&
                   ListsIds(*thread.process, static_cast<int>(thread.regs.rdi));
  if (!ids && !node.private_files) return;
  std::string bytes(static_cast<size_t>(size), '\0');
  if (!ReadMemory(pid, thread.regs.rsi, bytes.data(), bytes.size())) return;
  std::vector<Entry> entries = EntriesOf(bytes);
  if (ids && !entries.empty()) {
    const std::string own = OwnIdsOnly(node, entries);
    if (!WriteMemory(pid, thread.regs.rsi, own.data(), own.size())) return;
    thread.regs.rax = own.size();
    SetRegisters(thread.tid, thread.regs);
    return;
  }
  const std::string in_proc = system.f_type == PROC_SUPER_MAGIC ? PathOfDescriptor(directory.get()) : "";
  std::vector<int64_t> offsets;
  for (const Entry& entry : entries) offsets.push_back(entry.offset);
  if (status.st_dev != node.volume_device && in_proc.empty()) {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name() < b.name(); });
  }
  std::string sealed;
  for (size_t i = 0; i < entries.size(); ++i) {
    Entry& entry = entries[i];
    if (IsPrivate(node, status)) entry.inode = FileOf(node, status.st_dev, entry.inode).number;
    if (!in_proc.empty()) entry.inode = NumberInProc(NameOfEntry(in_proc, std::string(entry.name())));
    AppendEntry(entry, offsets[i], &sealed);
  }
  if (sealed.size() == bytes.size()) WriteMemory(pid, thread.regs.rsi, sealed.data(), sealed.size());
}

namespace {

// The argument that holds the times, and whether they are seconds, microseconds or nanoseconds.
enum class TimeForm : uint8_t { kSeconds, kMicroseconds, kNanoseconds };
struct TimesArgument {
  size_t slot;
  TimeForm form;
};

TimesArgument TimesOf(uint64_t nr) {
  if (nr == SYS_utime) return {1, TimeForm::kSeconds};
  if (nr == SYS_utimes) return {1, TimeForm::kMicroseconds};
  if (nr == SYS_futimesat) return {2, TimeForm::kMicroseconds};
  return {2, TimeForm::kNanoseconds};
}

}  // namespace

unsigned long long* ArgumentSlot(user_regs_struct* regs, size_t slot) {
  unsigned long long* const slots[6] = {&regs->rdi, &regs->rsi, &regs->rdx, &regs->r10, &regs->r8, &regs->r9};
  return slots[slot];
}

// "Now" is spelled out as the virtual now, below the stack's red zone, for the duration of the call.
Outcome OnUtime(Call& call) {
  const TimesArgument argument = TimesOf(call.nr);
  const uint64_t given = call.args[argument.slot];
  timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  if (given != 0 && (argument.form != TimeForm::kNanoseconds || !ReadValue(call.pid(), given, &times))) return Pass();
  if (times[0].tv_nsec != UTIME_NOW && times[1].tv_nsec != UTIME_NOW) return Pass();
  const timespec now = ToTimespec(ClockValue(call.node, CLOCK_REALTIME));
  for (timespec& time : times) {
    if (time.tv_nsec == UTIME_NOW) time = now;
  }
  const timeval micros{now.tv_sec, now.tv_nsec / 1000};
  const timeval pair[2] = {micros, micros};
  const utimbuf seconds{now.tv_sec, now.tv_sec};
  uint64_t at = 0;
  if (argument.form == TimeForm::kSeconds) at = LendBelowStack(call.thread, &seconds, sizeof seconds);
  if (argument.form == TimeForm::kMicroseconds) at = LendBelowStack(call.thread, pair, sizeof pair);
  if (argument.form == TimeForm::kNanoseconds) at = LendBelowStack(call.thread, times, sizeof times);
  user_regs_struct regs = call.thread.regs;
  *ArgumentSlot(&regs, argument.slot) = at;
  if (at == 0 || !SetRegisters(call.thread.tid, regs)) return Pass();
  call.thread.replaced_slot = argument.slot;
  call.thread.replaced_argument = given;
  return PassToExit(call.thread, AtExit::kLent);
}

namespace {

// Where the links /proc/self and /proc/thread-self lead, without a namespace of its own.
Outcome AnswerSelf(Call& call, bool thread) {
  const size_t buffer = call.nr == SYS_readlinkat ? 2 : 1;
  std::string target = absl::StrCat(call.thread.process->ns_pid);
  if (thread) absl::StrAppend(&target, "/task/", call.thread.ns_tid);
  const size_t size = std::min<uint64_t>(target.size(), call.args[buffer + 1]);
  return Return(WriteMemory(call.pid(), call.args[buffer], target.data(), size) ? static_cast<int64_t>(size) : -EFAULT);
}

}  // namespace

Outcome OnReadlink(Call& call) {
  std::string path;
  const bool at = call.nr == SYS_readlinkat;
  if (!ReadString(call.pid(), at ? call.args[1] : call.args[0], kLongestPath, &path)) return Pass();
  if (!call.node.pid_namespace && (path == "/proc/self" || path == "/proc/thread-self")) {
    return AnswerSelf(call, path == "/proc/thread-self");
  }
  if (!call.node.private_files) return Pass();
  const int directory = at ? static_cast<int>(call.args[0]) : AT_FDCWD;
  const ScopedFd file = path.empty() ? SeeDescriptor(*call.thread.process, directory) : ScopedFd();
  const bool told = file.valid() ? absl::StartsWith(PathOfDescriptor(file.get()), "/proc/")
                                 : !ProcFileAt(call, directory, path, false).empty();
  return told ? PassToExit(call.thread, AtExit::kLinkRead) : Pass();
}

// "pipe:[123]", "socket:[123]" and namespaces like "pid:[123]" with the node's own numbers.
void NoteLinkRead(NodeState& node, Thread& thread) {
  const bool at = thread.regs.orig_rax == SYS_readlinkat;
  const uint64_t address = at ? thread.regs.rdx : thread.regs.rsi;
  const uint64_t size = at ? thread.regs.r10 : thread.regs.rdx;
  const auto length = static_cast<int64_t>(thread.regs.rax);
  if (length <= 0 || length > 64) return;
  std::string target(static_cast<size_t>(length), '\0');
  if (!ReadMemory(thread.process->pid, address, target.data(), target.size())) return;
  const size_t colon = target.find(":[");
  uint64_t inode;
  if (colon == std::string::npos || target.back() != ']') return;
  if (!absl::SimpleAtoi(target.substr(colon + 2, target.size() - colon - 3), &inode)) return;
  const std::string kind = target.substr(0, colon);
  struct stat named {};
  named.st_dev = kind == "pipe" || kind == "socket" ? 0 : node.namespace_device;
  named.st_ino = inode;
  std::string sealed = absl::StrCat(kind, ":[", FileOf(node, named).number, "]");
  const size_t shown = std::min<size_t>(sealed.size(), size);
  // What is left of a longer number is cleared: callers that zeroed their buffer expect a string.
  sealed.resize(std::max<size_t>(shown, target.size()));
  if (!WriteMemory(thread.process->pid, address, sealed.data(), sealed.size())) return;
  thread.regs.rax = shown;
  SetRegisters(thread.tid, thread.regs);
}

// A file was opened that may be new: it gets its number and its times now.
void NoteMade(NodeState& node, const Thread& thread) {
  const auto fd = static_cast<int64_t>(thread.regs.rax);
  if (fd < 0) return;
  const ScopedFd file = SeeDescriptor(*thread.process, static_cast<int>(fd));
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0 || !IsPrivate(node, status)) return;
  StampTimes(node, file.get(), status);
}

}  // namespace gyre
