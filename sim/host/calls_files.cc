// Opening files and random bytes: what would tell of the machine or the hour is replaced by virtual content.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/base/rng.h"
#include "sim/host/calls.h"
#include "sim/host/made_ids.h"
#include "sim/host/sealed_files.h"
#include "sim/host/clocks.h"

namespace gyre {
namespace {

constexpr size_t kRandomFileBytes = 1 << 20;
constexpr size_t kLongestPath = 4096;

uint64_t RandomKey(const NodeState& node) { return Key("node").Add(node.index).Add(node.incarnation).hash(); }

std::string RandomFile(NodeState& node) {
  std::string bytes(kRandomFileBytes, '\0');
  const uint64_t key = Key("open").Add(RandomKey(node)).Add(node.random_files++).hash();
  FillRandomBytes(node.config->seed, "urandom", key, 0, bytes.data(), bytes.size());
  return bytes;
}

// Makes the stand-in with that content and lets the open find it instead. The path is put back and the stand-in
// removed at the call's exit.
Outcome OpenInstead(Call& call, uint64_t path_address, const std::string& path, const std::string& content) {
  const std::string& stand_in = call.node.stand_in;
  const std::string outside = absl::StrCat("/proc/", call.pid(), "/root", stand_in);
  unlink(outside.c_str());
  const ScopedFd file(open(outside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444));
  const bool written = file.valid() && write(file.get(), content.data(), content.size()) ==
                                           static_cast<ssize_t>(content.size());
  if (!written || path.size() < stand_in.size() ||
      !WriteCode(call.pid(), path_address, stand_in.c_str(), stand_in.size() + 1)) {
    unlink(outside.c_str());
    call.node.Find("unsealed-file", absl::StrCat("opened ", path, ", whose content could not be replaced"), false,
                   true);
    return Pass();
  }
  call.thread.opening_at = path_address;
  call.thread.opening = path;
  return PassToExit(call.thread, AtExit::kOpened);
}

}  // namespace

namespace {

// Opens another path instead, which stands below the stack's red zone for the duration of the call.
Outcome OpenByOtherName(Call& call, size_t slot, const std::string& path) {
  const uint64_t at = (call.thread.regs.rsp - 512) & ~uint64_t{15};
  user_regs_struct regs = call.thread.regs;
  *ArgumentSlot(&regs, slot) = at;
  if (path.size() >= 256 || !WriteMemory(call.pid(), at, path.c_str(), path.size() + 1) ||
      !SetRegisters(call.thread.tid, regs)) {
    return Return(-ENOENT);
  }
  call.thread.replaced_slot = slot;
  call.thread.replaced_argument = call.args[slot];
  return PassToExit(call.thread, AtExit::kArgument);
}

}  // namespace

void RestoreOpenedPath(const NodeState& node, Thread& thread) {
  WriteCode(thread.process->pid, thread.opening_at, thread.opening.c_str(), thread.opening.size() + 1);
  unlink(absl::StrCat("/proc/", thread.process->pid, "/root", node.stand_in).c_str());
  thread.opening.clear();
}

Outcome OnOpen(Call& call) {
  const bool at = call.nr == SYS_openat || call.nr == SYS_openat2;
  const uint64_t path_address = at ? call.args[1] : call.args[0];
  std::string path;
  if (!ReadString(call.pid(), path_address, kLongestPath, &path)) return Pass();
  uint64_t flags = at ? call.args[2] : call.args[1];
  if (call.nr == SYS_creat) flags = O_CREAT | O_WRONLY | O_TRUNC;
  if (call.nr == SYS_openat2) ReadValue(call.pid(), call.args[2], &flags);
  if (path == "/dev/urandom" || path == "/dev/random") {
    return OpenInstead(call, path_address, path, RandomFile(call.node));
  }
  std::string content;
  switch (SealedContent(call.node, *call.thread.process, path, &content)) {
    case Seal::kReplaced:
      return OpenInstead(call, path_address, path, content);
    case Seal::kAbsent:
      return Return(-ENOENT);
    case Seal::kOpen:
      break;
  }
  const int directory = at ? static_cast<int>(call.args[0]) : AT_FDCWD;
  const std::string real = RealProcPath(call.node, *call.thread.process, directory, path);
  if (!real.empty()) return OpenByOtherName(call, at ? 1 : 0, real);
  struct stat status;
  ScopedFd file = ResolvePath(call.node, *call.thread.process, directory, path, (flags & O_NOFOLLOW) == 0);
  if ((flags & O_PATH) == 0 && file.valid() && fstat(file.get(), &status) == 0 && S_ISFIFO(status.st_mode)) {
    return OpenFifo(call, std::move(file), flags);
  }
  if ((flags & O_ACCMODE) == O_RDONLY && !path.empty() && path[0] == '/') call.node.opened.insert(path);
  const bool may_make = (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return may_make && call.node.private_files ? PassToExit(call.thread, AtExit::kMade) : Pass();
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
