// Ids that a call takes or tells elsewhere than in its registers: in what an argument points to, and in paths of /proc.
// Before the call the real ones are put there, at its exit the made ones are put back. proc(5), unix(7), fcntl(2).
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sim/host/made_ids.h"
#include "sim/host/paths.h"

namespace gyre {
namespace {

constexpr size_t kLongestPath = 256;
constexpr size_t kMostControl = 65536;
constexpr uint64_t kMostMessages = 1024;

// Calls with a path, and which argument it is. Opens have their own way (calls_files.cc). Sorted by name.
constexpr struct {
  int nr;
  uint8_t slot;
} kPathCalls[] = {
    {SYS_access, 0},     {SYS_chdir, 0},    {SYS_faccessat, 1},  {SYS_faccessat2, 1}, {SYS_lstat, 0},
    {SYS_newfstatat, 1}, {SYS_readlink, 0}, {SYS_readlinkat, 1}, {SYS_stat, 0},       {SYS_statfs, 0},
    {SYS_statx, 1},
};

// The argument that is a path; -1 for other calls.
int PathSlot(uint64_t nr) {
  for (const auto& call : kPathCalls) {
    if (static_cast<uint64_t>(call.nr) == nr) return call.slot;
  }
  return -1;
}

// A real id in the path's place for the duration of the call.
bool ShowPath(const NodeState& node, Thread& thread, size_t slot, user_regs_struct* regs) {
  std::string path;
  unsigned long long* argument = ArgumentSlot(regs, slot);
  if (!ReadString(thread.process->pid, *argument, kLongestPath, &path)) return false;
  const int directory = slot == 0 ? AT_FDCWD : static_cast<int>(regs->rdi);
  const std::string real = RealProcPath(node, *thread.process, directory, path);
  const uint64_t at = real.empty() || real.size() >= kLongestPath ? 0 : LendPath(thread, *argument, path, real);
  if (at == 0) return false;
  *argument = at;
  return true;
}

// Calls `visit` with the address of each sender's id in the control data of a message.
template <typename Visit>
void VisitCredentials(pid_t pid, uint64_t message, const Visit& visit) {
  msghdr header;
  if (!ReadValue(pid, message, &header) || header.msg_controllen < sizeof(cmsghdr)) return;
  std::string control(std::min(header.msg_controllen, kMostControl), '\0');
  const auto start = reinterpret_cast<uint64_t>(header.msg_control);
  if (!ReadMemory(pid, start, control.data(), control.size())) return;
  for (size_t at = 0; at + sizeof(cmsghdr) <= control.size();) {
    cmsghdr part;
    std::memcpy(&part, control.data() + at, sizeof part);
    if (part.cmsg_len < sizeof part) return;
    const bool whole = part.cmsg_len >= CMSG_LEN(sizeof(ucred)) && at + part.cmsg_len <= control.size();
    if (whole && part.cmsg_level == SOL_SOCKET && part.cmsg_type == SCM_CREDENTIALS) {
      visit(start + at + CMSG_LEN(0) + offsetof(ucred, pid));
    }
    at += CMSG_ALIGN(part.cmsg_len);
  }
}

// The same of all messages of a send or receive, of which the kernel has handled `count`.
template <typename Visit>
void VisitMessages(const Thread& thread, const user_regs_struct& regs, uint64_t count, const Visit& visit) {
  const bool several = regs.orig_rax == SYS_sendmmsg || regs.orig_rax == SYS_recvmmsg;
  for (uint64_t i = 0; i < (several ? std::min(count, kMostMessages) : 1); ++i) {
    VisitCredentials(thread.process->pid, regs.rsi + i * sizeof(mmsghdr), visit);
  }
}

bool HasControl(const Thread& thread) {
  msghdr header;
  return thread.regs.orig_rax == SYS_recvmmsg ||
         (ReadValue(thread.process->pid, thread.regs.rsi, &header) && header.msg_controllen > 0);
}

// An id that stands at the address: below zero that of a group.
void ShowIdAt(const NodeState& node, Thread& thread, uint64_t address) {
  int id;
  if (!ReadValue(thread.process->pid, address, &id) || id == 0) return;
  const int real = id < 0 ? -RealId(node, -id) : RealId(node, id);
  if (WriteValue(thread.process->pid, address, real)) thread.shown_in_memory.emplace_back(address, id);
}

void HideIdAt(const NodeState& node, const Thread& thread, uint64_t address) {
  int id;
  if (!ReadValue(thread.process->pid, address, &id) || id == 0) return;
  const int made = id < 0 ? -MadeId(node, -id) : MadeId(node, id);
  // Of a lock that belongs to an open file and not to a process the kernel says -1.
  if (id != -1) WriteValue(thread.process->pid, address, made);
}

// Before a fcntl or ioctl that names the owner of a descriptor's signals, or the holder of a lock.
bool ShowOwner(const NodeState& node, Thread& thread, user_regs_struct* regs) {
  if (regs->orig_rax == SYS_ioctl) {
    const uint64_t request = regs->rsi;
    if (request == FIOSETOWN || request == SIOCSPGRP) ShowIdAt(node, thread, regs->rdx);
    return request == FIOSETOWN || request == SIOCSPGRP || request == FIOGETOWN || request == SIOCGPGRP;
  }
  const int id = static_cast<int>(regs->rdx);
  switch (regs->rsi) {
    case F_SETOWN:
      if (id != 0) regs->rdx = static_cast<uint64_t>(id < 0 ? -RealId(node, -id) : RealId(node, id));
      return true;
    case F_SETOWN_EX:
      ShowIdAt(node, thread, regs->rdx + offsetof(f_owner_ex, pid));
      return true;
    case F_GETLK:
    case F_OFD_GETLK:
    case F_GETOWN:
    case F_GETOWN_EX:
      return true;
    default:
      return false;
  }
}

void HideOwner(const NodeState& node, const Thread& thread, user_regs_struct* regs) {
  const auto result = static_cast<int64_t>(regs->rax);
  if (regs->orig_rax == SYS_ioctl) {
    const bool tells = regs->rsi == FIOGETOWN || regs->rsi == SIOCGPGRP;
    if (tells && result == 0) HideIdAt(node, thread, regs->rdx);
    return;
  }
  if (regs->rsi == F_GETOWN) {
    // Below zero it is a group or an error; no group of the node's has the id of an error.
    const int made = MadeId(node, static_cast<pid_t>(result < 0 ? -result : result));
    if (result > 0 || made != 0) regs->rax = static_cast<uint64_t>(result < 0 ? -made : made);
    return;
  }
  if (result != 0) return;
  if (regs->rsi == F_GETOWN_EX) HideIdAt(node, thread, regs->rdx + offsetof(f_owner_ex, pid));
  struct flock lock;
  const bool asked = regs->rsi == F_GETLK || regs->rsi == F_OFD_GETLK;
  if (asked && ReadValue(thread.process->pid, regs->rdx, &lock) && lock.l_type != F_UNLCK) {
    HideIdAt(node, thread, regs->rdx + offsetof(struct flock, l_pid));
  }
}

}  // namespace

bool ShowIdsInMemory(const NodeState& node, Thread& thread, user_regs_struct* regs) {
  switch (regs->orig_rax) {
    case SYS_fcntl:
    case SYS_ioctl:
      return ShowOwner(node, thread, regs);
    case SYS_getsockopt:
      return regs->rsi == SOL_SOCKET && regs->rdx == SO_PEERCRED;
    case SYS_recvmmsg:
    case SYS_recvmsg:
      return HasControl(thread);
    case SYS_sendmmsg:
    case SYS_sendmsg:
      VisitMessages(thread, *regs, regs->rdx, [&](uint64_t address) { ShowIdAt(node, thread, address); });
      return !thread.shown_in_memory.empty();
    default:
      break;
  }
  const int slot = PathSlot(regs->orig_rax);
  return slot >= 0 && ShowPath(node, thread, static_cast<size_t>(slot), regs);
}

void HideIdsInMemory(const NodeState& node, Thread& thread, const user_regs_struct& before, user_regs_struct* regs) {
  for (const auto& [address, id] : thread.shown_in_memory) WriteValue(thread.process->pid, address, id);
  thread.shown_in_memory.clear();
  TakeBack(thread);
  const auto result = static_cast<int64_t>(regs->rax);
  ucred peer;
  switch (regs->orig_rax) {
    case SYS_fcntl:
    case SYS_ioctl:
      regs->rdx = before.rdx;
      HideOwner(node, thread, regs);
      return;
    case SYS_getsockopt:
      if (result == 0 && ReadValue(thread.process->pid, regs->r10, &peer)) {
        HideIdAt(node, thread, regs->r10 + offsetof(ucred, pid));
      }
      return;
    case SYS_recvmmsg:
    case SYS_recvmsg:
      if (result < 0) return;
      VisitMessages(thread, *regs, static_cast<uint64_t>(result),
                    [&](uint64_t address) { HideIdAt(node, thread, address); });
      return;
    default:
      break;
  }
  if (const int slot = PathSlot(regs->orig_rax); slot >= 0) {
    user_regs_struct made = before;
    *ArgumentSlot(regs, static_cast<size_t>(slot)) = *ArgumentSlot(&made, static_cast<size_t>(slot));
  }
}

std::string RealProcPath(const NodeState& node, const Process& process, int dirfd, const std::string& path) {
  if (node.pid_namespace || path.empty()) return "";
  std::string base;
  if (path[0] != '/') {
    // Relative to a directory of /proc, whose name has real ids.
    if (!absl::ascii_isdigit(path[0]) && !absl::StartsWith(path, "task/")) return "";
    char link[64] = {};
    const std::string name = dirfd == AT_FDCWD ? "cwd" : absl::StrCat("fd/", dirfd);
    if (readlink(absl::StrCat("/proc/", process.pid, "/", name).c_str(), link, sizeof link - 1) <= 0) return "";
    base = link;
  } else if (!absl::StartsWith(path, "/proc/")) {
    return "";
  }
  std::vector<std::string> parts = absl::StrSplit(base, '/', absl::SkipEmpty());
  const size_t given = parts.size();
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) parts.emplace_back(part);
  if (parts.size() < 2 || parts[0] != "proc") return "";
  bool changed = false;
  // /proc/ID and /proc/ID/task/ID.
  for (const size_t at : {1, 3}) {
    int made = 0;
    if (at < given || at >= parts.size() || (at == 3 && parts[2] != "task")) continue;
    if (!absl::SimpleAtoi(parts[at], &made) || made <= 0) continue;
    parts[at] = absl::StrCat(RealId(node, made));
    changed = true;
  }
  if (!changed || std::find(parts.begin(), parts.end(), "..") != parts.end()) return "";
  return absl::StrCat("/", absl::StrJoin(parts, "/"), path.back() == '/' ? "/" : "");
}

}  // namespace gyre
