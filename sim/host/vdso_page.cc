// The clock page: reads of the clock without a stop. A page shared with the supervisor holds the node's own time; the
// new program's vDSO is patched to read and advance it (vdso_code.cc), up to the instant where the step may end. At
// `limit` a read makes the real call, which stops and does the same, so that a run with the page and one without
// are equal; the second run of a double check has a limit that is always reached.
//
// The page is a file in the node's private /tmp that is unlinked as soon as it is mapped. A process that execs while
// another one of the node still has the page mapped does without: its vDSO is hidden, and each read stops.
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/vdso.h"

namespace gyre {
namespace {

constexpr uint64_t kPageBytes = 4096;
// Far from where the kernel puts anything when addresses are not randomized.
constexpr uint64_t kPageAddress = 0x600000000000;
constexpr char kPageFile[] = "/tmp/.g";
constexpr uint8_t kSyscall[2] = {0x0f, 0x05};

bool OthersHavePage(const NodeState& node, const Process& self) {
  for (const auto& process : node.processes) {
    if (process.get() != &self && process->alive && process->has_clock_page) return true;
  }
  return false;
}

// The bytes of the vDSO at `image`, as far as it is mapped.
std::vector<uint8_t> ReadImage(pid_t pid, uint64_t image) {
  for (const Mapping& mapping : ReadMappings(pid)) {
    if (mapping.start != image) continue;
    std::vector<uint8_t> bytes(mapping.end - mapping.start);
    if (ReadMemory(pid, image, bytes.data(), bytes.size())) return bytes;
  }
  return {};
}

// From the exec event to the exit of the execve itself: there a thread can be given other registers.
bool LeaveExec(NodeState& node, Thread& thread) {
  int status = 0;
  if (ptrace(PTRACE_SYSCALL, thread.tid, nullptr, nullptr) != 0) return false;
  while (waitpid(thread.tid, &status, __WALL) < 0 && errno == EINTR) {
  }
  ++node.stops;
  return WIFSTOPPED(status) && GetRegisters(thread.tid, &thread.regs);
}

// A system call made by a thread that stands at the start of a new program, by borrowing a syscall instruction
// at `instruction`. Leaves the registers as they were.
int64_t CallAtStart(NodeState& node, Thread& thread, uint64_t instruction, uint64_t nr, const uint64_t (&args)[6]) {
  user_regs_struct regs = thread.regs;
  regs.rip = instruction;
  regs.rax = nr;
  regs.rdi = args[0];
  regs.rsi = args[1];
  regs.rdx = args[2];
  regs.r10 = args[3];
  regs.r8 = args[4];
  regs.r9 = args[5];
  regs.orig_rax = static_cast<uint64_t>(-1);
  int64_t result = -EIO;
  if (!SetRegisters(thread.tid, regs)) return result;
  // Stops at the entry, at the filter's trace, and at the exit.
  for (int stops = 0; stops < 8; ++stops) {
    int status = 0;
    if (ptrace(PTRACE_SYSCALL, thread.tid, nullptr, nullptr) != 0) break;
    while (waitpid(thread.tid, &status, __WALL) < 0 && errno == EINTR) {
    }
    ++node.stops;
    if (!WIFSTOPPED(status)) return result;
    __ptrace_syscall_info info{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread.tid, sizeof info, &info) > 0 && info.op == PTRACE_SYSCALL_INFO_EXIT) {
      result = info.exit.rval;
      break;
    }
  }
  SetRegisters(thread.tid, thread.regs);
  return result;
}

// A new page in the node's private files, mapped by us; false if there is none to be had.
bool MakePage(NodeState& node, const Process& process) {
  const std::string outside = absl::StrCat("/proc/", process.pid, "/root", kPageFile);
  const ScopedFd file(open(outside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid() || ftruncate(file.get(), kPageBytes) != 0) return false;
  void* mapped = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return false;
  std::memcpy(mapped, node.clock, sizeof(ClockPage));
  node.clock = static_cast<ClockPage*>(mapped);
  node.shared_page.reset(mapped);
  return true;
}

// Maps the file into the program; true if it is where it should be.
bool MapPage(NodeState& node, Thread& thread, uint64_t instruction) {
  const pid_t pid = thread.process->pid;
  const uint64_t path = thread.regs.rsp - 512;
  if (!WriteMemory(pid, path, kPageFile, sizeof kPageFile)) return false;
  const int64_t fd = CallAtStart(node, thread, instruction, SYS_open, {path, O_RDWR | O_CLOEXEC, 0, 0, 0, 0});
  if (fd < 0) return false;
  const int64_t at = CallAtStart(node, thread, instruction, SYS_mmap,
                                 {kPageAddress, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE,
                                  static_cast<uint64_t>(fd), 0});
  CallAtStart(node, thread, instruction, SYS_close, {static_cast<uint64_t>(fd), 0, 0, 0, 0, 0});
  return at == static_cast<int64_t>(kPageAddress);
}

bool PatchImage(NodeState& node, Thread& thread, uint64_t image) {
  const pid_t pid = thread.process->pid;
  const std::vector<uint8_t> bytes = ReadImage(pid, image);
  const absl::StatusOr<std::vector<VdsoPatch>> patches = PatchVdso(bytes, kPageAddress);
  if (!patches.ok()) return false;
  uint64_t instruction = 0;
  for (const VdsoPatch& patch : *patches) {
    if (!WriteCode(pid, image + patch.offset, patch.bytes.data(), patch.bytes.size())) return false;
    const void* found = memmem(patch.bytes.data(), patch.bytes.size(), kSyscall, sizeof kSyscall);
    if (found == nullptr) continue;
    instruction = image + patch.offset + static_cast<uint64_t>(static_cast<const uint8_t*>(found) - patch.bytes.data());
  }
  if (instruction == 0 || !LeaveExec(node, thread) || !MakePage(node, *thread.process)) return false;
  const bool mapped = MapPage(node, thread, instruction);
  unlink(absl::StrCat("/proc/", pid, "/root", kPageFile).c_str());
  return mapped;
}

}  // namespace

void UnmapPage::operator()(void* page) const { munmap(page, kPageBytes); }

void PrepareVdso(NodeState& node, Thread& thread, uint64_t entry, uint64_t image) {
  Process& process = *thread.process;
  if (node.private_files && !OthersHavePage(node, process) && PatchImage(node, thread, image)) {
    process.has_clock_page = true;
    return;
  }
  const uint64_t ignore = AT_IGNORE;
  WriteValue(process.pid, entry, ignore);
}

}  // namespace gyre
