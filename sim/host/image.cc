// What is done to a program's image after exec and after each new executable mapping, so that nothing in it reads
// the machine unseen: AT_RANDOM, the vDSO, and instructions that no system call filter sees. elf(5), getauxval(3).
#include <elf.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "sim/base/rng.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/instructions.h"
#include "sim/host/made_code.h"
#include "sim/host/made_ids.h"
#include "sim/host/paths.h"
#include "sim/host/timestamps.h"

namespace gyre {
namespace {

// A trap site packed into 32 bits: kind, length, register, width.
uint32_t Pack(const TrapSite& site) {
  return static_cast<uint32_t>(site.kind) | static_cast<uint32_t>(site.length) << 8 |
         static_cast<uint32_t>(site.reg) << 16 | static_cast<uint32_t>(site.width) << 24;
}

uint64_t NextRandomWord(NodeState& node) {
  uint64_t word;
  const uint64_t key = Key("node").Add(node.index).Add(node.incarnation).hash();
  FillRandomBytes(node.config->seed, "instruction", key, node.instruction_offset, &word, sizeof word);
  node.instruction_offset += sizeof word;
  return word;
}

unsigned long long* RegisterSlot(user_regs_struct* regs, uint32_t number) {
  unsigned long long* const slots[16] = {&regs->rax, &regs->rcx, &regs->rdx, &regs->rbx, &regs->rsp, &regs->rbp,
                                         &regs->rsi, &regs->rdi, &regs->r8,  &regs->r9,  &regs->r10, &regs->r11,
                                         &regs->r12, &regs->r13, &regs->r14, &regs->r15};
  return slots[number & 15];
}

void StoreRandom(NodeState& node, user_regs_struct* regs, uint32_t number, uint32_t width) {
  const uint64_t word = NextRandomWord(node);
  unsigned long long* slot = RegisterSlot(regs, number);
  // A 32-bit write clears the upper half, a 16-bit write keeps the rest.
  if (width == 64) *slot = word;
  if (width == 32) *slot = word & 0xffffffff;
  if (width == 16) *slot = (*slot & ~0xffffull) | (word & 0xffff);
  constexpr uint64_t kCarry = 1, kOthers = 0x8d4;  // OF SF ZF AF PF are cleared, CF says "valid"
  regs->eflags = (regs->eflags & ~kOthers) | kCarry;
}

void StoreTimestamp(NodeState& node, user_regs_struct* regs) {
  node.TickForRead();
  // A time stamp counter of 2 GHz that started with the monotonic clock.
  const uint64_t stamp = static_cast<uint64_t>(ClockValue(node, CLOCK_MONOTONIC)) * 2;
  regs->rax = stamp & 0xffffffff;
  regs->rdx = stamp >> 32;
}

// Walks the new program's stack to the auxiliary vector and rewrites what must not be real.
void RewriteAuxiliaryVector(NodeState& node, Thread& thread) {
  const pid_t pid = thread.process->pid;
  uint64_t count;
  uint64_t at = thread.regs.rsp;
  if (!ReadValue(pid, at, &count)) return;
  at += 8 * (count + 2);  // argc, argv and its null
  for (uint64_t pointer = 1; pointer != 0; at += 8) {
    if (!ReadValue(pid, at, &pointer)) return;
  }
  for (Elf64_auxv_t entry{}; ReadValue(pid, at, &entry) && entry.a_type != AT_NULL; at += sizeof entry) {
    if (entry.a_type == AT_SYSINFO_EHDR) {
      PrepareVdso(node, thread, at, entry.a_un.a_val);
    } else if (entry.a_type == AT_RANDOM) {
      const uint64_t words[2] = {NextRandomWord(node), NextRandomWord(node)};
      WriteMemory(pid, entry.a_un.a_val, words, sizeof words);
    }
  }
}

void PatchSites(NodeState& node, Process& process, const std::vector<TrapSite>& sites, const Mapping& mapping) {
  for (const TrapSite& site : sites) {
    const uint8_t trap[2] = {0x0f, 0x0b};  // UD2
    const uint64_t address = mapping.start + site.offset;
    if (!WriteCode(process.pid, address + site.opcode_at, trap, sizeof trap)) {
      node.Find("instruction", absl::StrCat("an instruction of ", mapping.path, " that reads the machine could not be "
                                            "replaced"), false, true);
      continue;
    }
    process.trap_sites[address] = Pack(site);
  }
}

// Patches the trapping instructions of an executable mapping's file. False if there is none that can be searched.
bool PatchFile(NodeState& node, Process& process, const Mapping& mapping) {
  if (mapping.path.empty() || mapping.path[0] != '/') return false;
  if (!process.scanned.insert(absl::StrCat(mapping.start, " ", mapping.offset, " ", mapping.path)).second) return true;
  // Through the node's own root: its private directories are not ours.
  const std::string file = absl::StrCat("/proc/", process.pid, "/root", mapping.path);
  const auto sites = FindTrapSitesInFile(file, mapping.offset, mapping.end - mapping.start);
  if (!sites.ok()) return false;
  node.opened.insert(mapping.path);
  PatchSites(node, process, *sites, mapping);
  return true;
}

enum class Origin : uint8_t {
  kFresh,  // a mapping that nobody has written to
  kInUse,
};

// Memory that has become executable: the file that it shows, and what is in it beside that.
void PatchNewCode(NodeState& node, Process& process, uint64_t start, uint64_t end, Origin origin) {
  for (const Mapping& mapping : ReadMappings(process.pid)) {
    if (!mapping.executable || mapping.end <= start || mapping.start >= end) continue;
    if (ChangesUnseen(mapping)) {
      TrapTimestamps(node, process);
      process.code_changes_unseen = true;
    }
    const bool of_file = PatchFile(node, process, mapping);
    if (!of_file || origin == Origin::kInUse) MarkMemory(node, process, mapping, start, end);
  }
}

}  // namespace

bool EmulateInstruction(NodeState& node, Thread& thread, int signal) {
  user_regs_struct& regs = thread.regs;
  const Process& process = *thread.process;
  uint32_t packed = 0;
  if (const auto found = process.trap_sites.find(regs.rip); signal == SIGILL && found != process.trap_sites.end()) {
    packed = found->second;
  } else if (const std::optional<TrapSite> site = signal == SIGILL ? MarkedSite(process, regs.rip)
                                                                   : TimestampAt(process, regs.rip)) {
    packed = Pack(*site);
  } else {
    return false;
  }
  switch (static_cast<TrappedKind>(packed & 0xff)) {
    case TrappedKind::kRdtsc:
      StoreTimestamp(node, &regs);
      break;
    case TrappedKind::kRdtscp:
      StoreTimestamp(node, &regs);
      regs.rcx = 0;  // processor 0
      break;
    case TrappedKind::kRdrand:
    case TrappedKind::kRdseed:
      StoreRandom(node, &regs, packed >> 16 & 0xff, packed >> 24);
      break;
  }
  regs.rip += packed >> 8 & 0xff;
  regs.orig_rax = static_cast<uint64_t>(-1);
  return SetRegisters(thread.tid, regs);
}

void PrepareImage(NodeState& node, Thread& thread) {
  Process& process = *thread.process;
  process.trap_sites.clear();
  process.scanned.clear();
  process.has_clock_page = false;
  process.polled_stdin = false;
  process.shares_memory = false;
  process.code_changes_unseen = false;
  process.timestamps_missed = false;
  process.address_space = ++node.address_spaces;
  std::erase_if(node.signal_timers, [&](const SignalTimer& t) { return t.process == &process && t.id >= 0; });
  if (!GetRegisters(thread.tid, &thread.regs)) return;
  RewriteAuxiliaryVector(node, thread);
  PatchNewCode(node, process, 0, UINT64_MAX, Origin::kFresh);
}

Outcome OnMmap(Call& call) {
  const bool shared = (call.args[3] & (MAP_SHARED | MAP_SHARED_VALIDATE)) == MAP_SHARED ||
                      (call.args[3] & MAP_SHARED_VALIDATE) == MAP_SHARED_VALIDATE;
  if (shared && (call.args[2] & PROT_WRITE) != 0) call.thread.process->shares_memory = true;
  if ((call.args[2] & PROT_EXEC) == 0) return Pass();
  const bool changes_unseen = shared || (call.args[2] & PROT_WRITE) != 0;
  if (changes_unseen) TrapTimestamps(call.node, *call.thread.process);
  if ((call.args[3] & MAP_ANONYMOUS) == 0) return PassToExit(call.thread, AtExit::kMapped);
  // Empty yet.
  if (changes_unseen) call.thread.process->code_changes_unseen = true;
  return Pass();
}

Outcome OnMprotect(Call& call) {
  Process& process = *call.thread.process;
  if ((call.args[2] & PROT_EXEC) == 0) return Pass();
  if ((call.args[2] & PROT_WRITE) != 0 || process.shares_memory) TrapTimestamps(call.node, process);
  return PassToExit(call.thread, AtExit::kMapped);
}

Outcome OnShmat(Call& call) {
  TrapTimestamps(call.node, *call.thread.process);
  call.thread.process->code_changes_unseen = true;
  return Pass();
}

bool IsMemoryCall(uint64_t nr) {
  return nr == SYS_brk || nr == SYS_mmap || nr == SYS_mprotect || nr == SYS_mremap;
}

namespace {

// Tells of memory that was asked for and refused.
void NoteMemory(NodeState& node, const user_regs_struct& regs) {
  const bool refused = regs.orig_rax == SYS_brk ? regs.rdi > regs.rax : static_cast<int64_t>(regs.rax) == -ENOMEM;
  if (!refused) return;
  node.Find("limit-memory", absl::StrCat("was refused memory: each of its processes may have ",
                                         node.config->memory_bytes >> 20, " MiB of it (--max-memory)"));
}

}  // namespace

void AtCallExit(NodeState& node, Thread& thread) {
  if (!GetRegisters(thread.tid, &thread.regs)) return;
  const user_regs_struct& regs = thread.regs;
  Process& process = *thread.process;
  const int64_t result = static_cast<int64_t>(regs.rax);
  if (node.config->memory_bytes != 0 && IsMemoryCall(regs.orig_rax)) NoteMemory(node, regs);
  switch (thread.at_exit) {
    case AtExit::kOpened:
    case AtExit::kLent:
      TakeBack(thread);
      if (thread.at_exit == AtExit::kOpened) RemoveStandIn(node, process);
      [[fallthrough]];
    case AtExit::kArgument:
      *ArgumentSlot(&thread.regs, thread.replaced_slot) = thread.replaced_argument;
      SetRegisters(thread.tid, thread.regs);
      break;
    case AtExit::kEventsRead:
      NoteEventsRead(node, thread);
      break;
    case AtExit::kFifoOpened:
      thread.fifo_keeper.Reset();
      break;
    case AtExit::kLinkRead:
      NoteLinkRead(node, thread);
      break;
    case AtExit::kListed:
      NoteListed(node, thread);
      break;
    case AtExit::kMade:
      NoteMade(node, thread);
      break;
    case AtExit::kMapped: {
      if (result < 0 && result > -4096) break;
      const Origin origin = regs.orig_rax == SYS_mmap ? Origin::kFresh : Origin::kInUse;
      const uint64_t start = origin == Origin::kFresh ? regs.rax : regs.rdi;
      PatchNewCode(node, process, start, start + regs.rsi, origin);
      break;
    }
    case AtExit::kRemaining:
      WriteRemaining(node, thread);
      break;
    case AtExit::kResident:
      NoteResident(thread);
      break;
    case AtExit::kSegment:
      NoteSegment(thread);
      break;
    case AtExit::kSignalTaken:
      NoteSignalTaken(node, thread);
      break;
    case AtExit::kSignalled:
      if (result == 0) NoteSignalled(node, thread);
      break;
    case AtExit::kSignalsRead:
      HideSendersRead(node, thread);
      break;
    case AtExit::kSignalfd:
      if (result >= 0) process.has_signalfd = true;
      break;
    case AtExit::kStat:
      NoteStat(node, thread);
      break;
    case AtExit::kStatfs:
      NoteStatfs(node, thread);
      break;
    case AtExit::kWaited:
      NoteReaped(node, thread);
      break;
    case AtExit::kNone:
      break;
  }
  thread.at_exit = AtExit::kNone;
}

}  // namespace gyre
