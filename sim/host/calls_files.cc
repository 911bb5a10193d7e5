// Opening files and random bytes: what would tell of the machine or the hour is replaced by virtual content.
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/base/rng.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/descriptors.h"
#include "sim/host/made_ids.h"
#include "sim/host/paths.h"
#include "sim/host/sealed_files.h"
#include "sim/host/transfer.h"

namespace gyre {
namespace {

constexpr size_t kRandomFileBytes = 1 << 20;
constexpr size_t kLongestPath = 4096;
constexpr char kTells[] = ", which tells of the machine";

uint64_t RandomKey(const NodeState& node) { return Key("node").Add(node.index).Add(node.incarnation).hash(); }

std::string RandomFile(NodeState& node) {
  std::string bytes(kRandomFileBytes, '\0');
  const uint64_t key = Key("open").Add(RandomKey(node)).Add(node.random_files++).hash();
  FillRandomBytes(node.config->seed, "urandom", key, 0, bytes.data(), bytes.size());
  return bytes;
}

std::string StandInFrom(const NodeState& node, const Process& process) {
  return absl::StrCat("/proc/", process.pid, "/root", node.stand_in);
}

// An open's arguments, and what they name.
struct Opening {
  size_t slot = 0;       // of the path
  std::string path;
  uint64_t flags = 0;
  OpenedPath opened;
};

// Lets the open find another path. It is put back at the call's exit.
bool FindOther(Call& call, const Opening& opening, const std::string& other) {
  user_regs_struct regs = call.thread.regs;
  unsigned long long* argument = ArgumentSlot(&regs, opening.slot);
  call.thread.replaced_slot = opening.slot;
  call.thread.replaced_argument = *argument;
  *argument = LendPath(call.thread, *argument, opening.path, other);
  if (*argument == call.thread.replaced_argument) return true;
  return *argument != 0 && SetRegisters(call.thread.tid, regs);
}

// Makes the stand-in with that content and lets the open find it instead. The path is put back and the stand-in
// removed at the call's exit.
Outcome OpenInstead(Call& call, const Opening& opening, const std::string& content) {
  const std::string outside = StandInFrom(call.node, *call.thread.process);
  unlink(outside.c_str());
  const ScopedFd file(open(outside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444));
  const bool written = file.valid() && write(file.get(), content.data(), content.size()) ==
                                           static_cast<ssize_t>(content.size());
  if (written && FindOther(call, opening, call.node.stand_in)) {
    return PassToExit(call.thread, AtExit::kOpened);
  }
  unlink(outside.c_str());
  call.node.Find("unsealed-file", absl::StrCat("opened ", opening.path, ", whose content could not be replaced"), false,
                 true);
  return Pass();
}

// Why a device makes two runs differ; nullptr for null, zero, full and terminals, which do not.
const char* WhyTelling(dev_t device) {
  const unsigned int number = minor(device);
  switch (major(device)) {
    case 1:
      return number == 3 || number == 5 || number == 7 ? nullptr : kTells;
    case 5:
      return number == 2 ? ": the kernel moves a terminal's data in its own time" : nullptr;  // ptmx
    default:
      return major(device) >= 136 && major(device) <= 143 ? nullptr : kTells;
  }
}

bool IsRandomDevice(const std::string& name, const struct stat& status) {
  if (name == "/dev/urandom" || name == "/dev/random") return true;
  const unsigned int number = minor(status.st_rdev);
  return S_ISCHR(status.st_mode) && major(status.st_rdev) == 1 && (number == 8 || number == 9);
}

void NoteTelling(Call& call, const std::string& name, const char* why) {
  call.node.Find("unsealed-file", absl::StrCat("opened ", name, why), false, true, &call.thread);
}

}  // namespace

void RemoveStandIn(const NodeState& node, const Process& process) { unlink(StandInFrom(node, process).c_str()); }

namespace {

// An open of what is as it is for every node: a file, a FIFO, a directory.
Outcome OpenFile(Call& call, Opening& opening, const struct stat& status) {
  const bool valid = opening.opened.file.valid();
  if ((opening.flags & O_PATH) == 0 && valid && S_ISFIFO(status.st_mode)) {
    return OpenFifo(call, std::move(opening.opened.file), opening.flags);
  }
  const bool device = valid && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
  const char* why = device && (opening.flags & O_PATH) == 0 ? WhyTelling(status.st_rdev) : nullptr;
  if (why != nullptr) NoteTelling(call, opening.opened.name, why);
  const bool reads = (opening.flags & O_ACCMODE) == O_RDONLY;
  if (reads && !opening.path.empty() && opening.path[0] == '/') call.node.opened.insert(opening.path);
  const bool may_make = (opening.flags & (O_CREAT | O_TRUNC)) != 0 || (opening.flags & O_TMPFILE) == O_TMPFILE;
  return may_make && call.node.private_files ? PassToExit(call.thread, AtExit::kMade) : Pass();
}

}  // namespace

Outcome OnOpen(Call& call) {
  const bool at = call.nr == SYS_openat || call.nr == SYS_openat2;
  Opening opening;
  opening.slot = at ? 1 : 0;
  if (!ReadString(call.pid(), call.args[opening.slot], kLongestPath, &opening.path)) return Pass();
  opening.flags = at ? call.args[2] : call.args[1];
  if (call.nr == SYS_creat) opening.flags = O_CREAT | O_WRONLY | O_TRUNC;
  if (call.nr == SYS_openat2) ReadValue(call.pid(), call.args[2], &opening.flags);
  const Process& process = *call.thread.process;
  const int directory = at ? static_cast<int>(call.args[0]) : AT_FDCWD;
  const std::string path = AbsolutePath(call.node, process, directory, opening.path);
  opening.opened = FollowPath(call.node, process, path, (opening.flags & O_NOFOLLOW) == 0);
  struct stat status {};
  if (opening.opened.file.valid()) fstat(opening.opened.file.get(), &status);
  if (IsRandomDevice(opening.opened.name, status)) return OpenInstead(call, opening, RandomFile(call.node));
  std::string content;
  const Seal seal = SealedContent(call.node, call.thread, opening.opened.name, &content);
  if (seal == Seal::kReplaced) return OpenInstead(call, opening, content);
  if (seal == Seal::kAbsent) return Return(-ENOENT);
  if (seal == Seal::kTells && (opening.flags & O_PATH) == 0 && (opening.flags & O_ACCMODE) != O_WRONLY) {
    NoteTelling(call, opening.opened.name, kTells);
  }
  const std::string real = RealProcPath(call.node, process, directory, opening.path);
  if (real.empty()) return OpenFile(call, opening, status);
  if (!FindOther(call, opening, real)) return Return(-ENOENT);
  return PassToExit(call.thread, AtExit::kLent);
}

Outcome OnInotify(Call& call) {
  call.node.has_inotify = true;
  return Pass();
}

bool IsInotify(const NodeState& node, const Process& process, int fd) {
  return node.has_inotify && IsNamed(process.pid, fd, "anon_inode:inotify");
}

// The two events of a rename share a cookie, which the kernel counts for the whole machine: here each gets the node's
// next. inotify(7).
void NoteEventsRead(NodeState& node, Thread& thread) {
  const pid_t pid = thread.process->pid;
  const auto size = static_cast<int64_t>(thread.regs.rax);
  if (size <= 0) return;
  std::vector<Buffer> buffers = Buffers(CallOf(node, thread));
  std::string bytes;
  for (Buffer& buffer : buffers) {
    buffer.size = std::min<uint64_t>(buffer.size, static_cast<uint64_t>(size) - bytes.size());
    std::string part(buffer.size, '\0');
    if (!ReadMemory(pid, buffer.address, part.data(), part.size())) return;
    bytes += part;
  }
  inotify_event event;
  for (size_t at = 0; at + sizeof event <= bytes.size(); at += sizeof event + event.len) {
    std::memcpy(&event, bytes.data() + at, sizeof event);
    if (event.cookie == 0) continue;
    const auto next = static_cast<uint32_t>(node.cookies.size() + 1);
    event.cookie = node.cookies.try_emplace(event.cookie, next).first->second;
    std::memcpy(bytes.data() + at, &event, sizeof event);
  }
  size_t done = 0;
  for (const Buffer& buffer : buffers) {
    WriteMemory(pid, buffer.address, bytes.data() + done, buffer.size);
    done += buffer.size;
  }
}

// Which pages are in memory is the machine's affair: all of those that are mapped.
Outcome OnMincore(Call& call) { return PassToExit(call.thread, AtExit::kResident); }

void NoteResident(const Thread& thread) {
  constexpr uint64_t kPage = 4096, kMost = 1 << 24;
  if (thread.regs.rax != 0) return;
  const std::string all(std::min<uint64_t>((thread.regs.rsi + kPage - 1) / kPage, kMost), '\1');
  WriteMemory(thread.process->pid, thread.regs.rdx, all.data(), all.size());
}

Outcome OnShmctl(Call& call) { return PassToExit(call.thread, AtExit::kSegment); }

// A segment of shared memory is attached, left and changed at the start of the clock: its times are in the kernel's
// table alone, where they cannot be set. shmctl(2).
void NoteSegment(const Thread& thread) {
  shmid_ds segment;
  const pid_t pid = thread.process->pid;
  if (static_cast<int64_t>(thread.regs.rax) < 0 || !ReadValue(pid, thread.regs.rdx, &segment)) return;
  for (time_t* time : {&segment.shm_atime, &segment.shm_dtime, &segment.shm_ctime}) {
    if (*time != 0) *time = kRealtimeStart / kSecond;
  }
  WriteValue(pid, thread.regs.rdx, segment);
}

Outcome OnRefuse(Call&) { return Return(-EPERM); }

Outcome OnForbidden(Call& call) {
  call.node.Find("refused-call", absl::StrCat("called ", FindCall(call.nr)->name,
                                              " and was refused (EPERM): it would leave the node's surroundings"));
  return Return(-EPERM);
}

Outcome OnGetrandom(Call& call) {
  constexpr uint64_t kRandom = 2, kInsecure = 4, kAll = 7;  // GRND_*
  if ((call.args[2] & ~kAll) != 0 || (call.args[2] & (kRandom | kInsecure)) == (kRandom | kInsecure)) {
    return Return(-EINVAL);
  }
  const size_t size = std::min<uint64_t>(call.args[1], 1 << 20);
  std::string bytes(size, '\0');
  FillRandomBytes(call.node.config->seed, "getrandom", RandomKey(call.node), call.node.random_offset, bytes.data(),
                  size);
  call.node.random_offset += size;
  if (!WriteMemory(call.pid(), call.args[0], bytes.data(), size)) return Return(-EFAULT);
  return Return(static_cast<int64_t>(size));
}

}  // namespace gyre
