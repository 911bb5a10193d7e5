// A pid namespace counts births: its first process is 1 (our stub), the program 2, and so on. Where there is none the
// same count is kept here, and the kernel's ids never reach the program: calls that only tell one are answered, and for
// those that take one the argument is replaced while the kernel makes the call; what is in memory, and not in an
// argument, is the matter of made_ids_in_memory.cc.
#include "sim/host/made_ids.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <climits>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace gyre {
namespace {

// What an id argument means. Zero is the caller itself and stays.
enum class IdForm : uint8_t {
  kId,
  kSigned,    // below zero the id of a group; -1 all
  kTyped,     // an id if the argument before says P_PID or P_PGID
  kPriority,  // likewise: PRIO_PROCESS or PRIO_PGRP
  kIoClass,   // likewise: IOPRIO_WHO_PROCESS or IOPRIO_WHO_PGRP
};

constexpr int8_t kNone = -1;

struct IdCall {
  int nr;
  int8_t slots[2];  // arguments that are ids
  IdForm form;
  bool result;      // it returns one
  int8_t info;      // the argument that points to a siginfo_t which it fills
};

// Sorted by name.
constexpr IdCall kIdCalls[] = {
    {SYS_clone, {kNone, kNone}, IdForm::kId, true, kNone},
    {SYS_clone3, {kNone, kNone}, IdForm::kId, true, kNone},
    {SYS_fork, {kNone, kNone}, IdForm::kId, true, kNone},
    {SYS_get_robust_list, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_getpgid, {0, kNone}, IdForm::kId, true, kNone},
    {SYS_getpgrp, {kNone, kNone}, IdForm::kId, true, kNone},
    {SYS_getpriority, {1, kNone}, IdForm::kPriority, false, kNone},
    {SYS_getsid, {0, kNone}, IdForm::kId, true, kNone},
    {SYS_ioprio_get, {1, kNone}, IdForm::kIoClass, false, kNone},
    {SYS_ioprio_set, {1, kNone}, IdForm::kIoClass, false, kNone},
    {SYS_kill, {0, kNone}, IdForm::kSigned, false, kNone},
    {SYS_pidfd_open, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_prlimit64, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_rt_sigqueueinfo, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_rt_sigtimedwait, {kNone, kNone}, IdForm::kId, false, 1},
    {SYS_rt_tgsigqueueinfo, {0, 1}, IdForm::kId, false, kNone},
    {SYS_sched_getattr, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_sched_getparam, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_sched_getscheduler, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_sched_rr_get_interval, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_sched_setattr, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_sched_setparam, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_sched_setscheduler, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_set_tid_address, {kNone, kNone}, IdForm::kId, true, kNone},
    {SYS_setpgid, {0, 1}, IdForm::kId, false, kNone},
    {SYS_setpriority, {1, kNone}, IdForm::kPriority, false, kNone},
    {SYS_setsid, {kNone, kNone}, IdForm::kId, true, kNone},
    {SYS_tgkill, {0, 1}, IdForm::kId, false, kNone},
    {SYS_tkill, {0, kNone}, IdForm::kId, false, kNone},
    {SYS_vfork, {kNone, kNone}, IdForm::kId, true, kNone},
    {SYS_wait4, {0, kNone}, IdForm::kSigned, true, kNone},
    {SYS_waitid, {1, kNone}, IdForm::kTyped, false, 2},
};

const IdCall* FindIdCall(uint64_t nr) {
  for (const IdCall& call : kIdCalls) {
    if (static_cast<uint64_t>(call.nr) == nr) return &call;
  }
  return nullptr;
}

bool IsId(IdForm form, uint64_t before) {
  switch (form) {
    case IdForm::kTyped: return before == P_PID || before == P_PGID;
    case IdForm::kPriority: return before == PRIO_PROCESS || before == PRIO_PGRP;
    case IdForm::kIoClass: return before == IOPRIO_WHO_PROCESS || before == IOPRIO_WHO_PGRP;
    default: return true;
  }
}

uint64_t Translated(const NodeState& node, IdForm form, uint64_t argument) {
  const int id = static_cast<int>(argument);
  const bool group = form == IdForm::kSigned && id < 0;
  if (id == 0 || (group && (id == -1 || id == INT_MIN))) return argument;
  return static_cast<uint64_t>(static_cast<int64_t>(group ? -RealId(node, -id) : RealId(node, id)));
}

// Where the first id argument's meaning is told.
uint64_t Before(user_regs_struct* regs, const IdCall& call) {
  return call.slots[0] > 0 ? *ArgumentSlot(regs, static_cast<size_t>(call.slots[0] - 1)) : 0;
}

}  // namespace

int MakeId(NodeState& node, pid_t real) {
  const int made = ++node.ids_made;
  node.made_ids[real] = made;
  node.real_ids[made] = real;
  return made;
}

int MadeId(const NodeState& node, pid_t real) {
  if (real == node.stub) return 1;
  const auto found = node.made_ids.find(real);
  return found == node.made_ids.end() ? 0 : found->second;
}

pid_t RealId(const NodeState& node, int made) {
  const auto found = node.real_ids.find(made);
  return found == node.real_ids.end() ? INT_MAX : found->second;
}

void ShowRealIds(NodeState& node, Thread& thread) {
  const IdCall* call = FindIdCall(thread.regs.orig_rax);
  user_regs_struct regs = thread.regs;
  if (call == nullptr) {
    thread.shown_ids = ShowIdsInMemory(node, thread, &regs);
    if (!thread.shown_ids) return;
    SetRegisters(thread.tid, regs);
    thread.syscall_exit = true;
    return;
  }
  if (IsId(call->form, Before(&regs, *call))) {
    for (const int8_t slot : call->slots) {
      if (slot == kNone) continue;
      unsigned long long* argument = ArgumentSlot(&regs, static_cast<size_t>(slot));
      *argument = Translated(node, call->form, *argument);
    }
    SetRegisters(thread.tid, regs);
  }
  thread.shown_ids = true;
  thread.syscall_exit = true;
}

void HideRealIds(NodeState& node, Thread& thread) {
  thread.shown_ids = false;
  const user_regs_struct before = thread.regs;
  if (!GetRegisters(thread.tid, &thread.regs)) return;
  user_regs_struct& regs = thread.regs;
  const IdCall* call = FindIdCall(regs.orig_rax);
  if (call == nullptr) {
    HideIdsInMemory(node, thread, before, &regs);
    SetRegisters(thread.tid, regs);
    return;
  }
  for (const int8_t slot : call->slots) {
    if (slot == kNone) continue;
    user_regs_struct made = before;
    *ArgumentSlot(&regs, static_cast<size_t>(slot)) = *ArgumentSlot(&made, static_cast<size_t>(slot));
  }
  const auto result = static_cast<int64_t>(regs.rax);
  if (call->result && result > 0) regs.rax = static_cast<uint64_t>(MadeId(node, static_cast<pid_t>(result)));
  SetRegisters(thread.tid, regs);
  siginfo_t info;
  const uint64_t told = call->info == kNone ? 0 : *ArgumentSlot(&regs, static_cast<size_t>(call->info));
  if (told == 0 || result < 0 || !ReadValue(thread.process->pid, told, &info)) return;
  if (HideSender(node, &info)) WriteValue(thread.process->pid, told, info);
}

void HideBornId(const Thread& parent, const Thread& child, const BirthArguments& arguments) {
  if ((arguments.flags & CLONE_PARENT_SETTID) != 0) {
    WriteValue(parent.process->pid, arguments.parent_tid, child.ns_tid);
  }
  if ((arguments.flags & CLONE_CHILD_SETTID) != 0) WriteValue(child.process->pid, arguments.child_tid, child.ns_tid);
}

bool HideSender(const NodeState& node, siginfo_t* info) {
  // Who queues a signal with a value says himself who he is, by the id that he has been given.
  const bool of_child = info->si_signo == SIGCHLD && info->si_code > 0;
  if (!of_child && info->si_code != SI_USER && info->si_code != SI_TKILL) return false;
  info->si_pid = MadeId(node, info->si_pid);
  return true;
}

void HideSendersRead(const NodeState& node, const Thread& thread) {
  const pid_t pid = thread.process->pid;
  const auto size = static_cast<int64_t>(thread.regs.rax);
  // Only a signalfd's fdinfo has the line.
  if (FieldOf(absl::StrCat("/proc/", pid, "/fdinfo/", thread.regs.rdi), "sigmask").empty()) return;
  for (int64_t at = 0; at + static_cast<int64_t>(sizeof(signalfd_siginfo)) <= size; at += sizeof(signalfd_siginfo)) {
    signalfd_siginfo read;
    const uint64_t address = thread.regs.rsi + static_cast<uint64_t>(at);
    if (thread.regs.orig_rax != SYS_read || !ReadValue(pid, address, &read)) return;
    siginfo_t info{};
    info.si_signo = static_cast<int>(read.ssi_signo);
    info.si_code = read.ssi_code;
    info.si_pid = static_cast<pid_t>(read.ssi_pid);
    if (!HideSender(node, &info)) continue;
    read.ssi_pid = static_cast<uint32_t>(info.si_pid);
    WriteValue(pid, address, read);
  }
}

std::string MadeIdsOf(const NodeState& node, const std::string& ids) {
  std::vector<std::string> made;
  for (absl::string_view id : absl::StrSplit(ids, '\t')) {
    int real = 0;
    made.push_back(absl::SimpleAtoi(id, &real) ? absl::StrCat(MadeId(node, real)) : std::string(id));
  }
  return absl::StrJoin(made, "\t");
}

// Calls that do nothing but tell an id.
Outcome OnOwnId(Call& call) {
  const Process& process = *call.thread.process;
  if (call.nr == SYS_gettid) return Return(call.thread.ns_tid);
  if (call.nr == SYS_getpid) return Return(process.ns_pid);
  // Orphans are the stub's.
  return Return(process.parent != nullptr && process.parent->alive ? process.parent->ns_pid : 1);
}

Outcome OnIds(Call&) { return Pass(); }

}  // namespace gyre
