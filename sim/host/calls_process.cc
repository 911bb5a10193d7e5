// Birth, waiting for and death of processes and threads, as far as calls go; the events are in scheduler.cc.
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/made_code.h"
#include "sim/host/made_ids.h"

namespace gyre {
namespace {

constexpr uint64_t kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr uint64_t kUntraced = 0x00800000;  // CLONE_UNTRACED

// What a wait4 or waitid asks for.
struct Wanted {
  int type = P_ALL;
  int id = 0;          // a pid or a group as the node names it; of P_PIDFD our own name of the process
  bool exited = true;
  bool stopped = false;
  bool continued = false;
};

Wanted WantedBy(const Thread& thread) {
  const user_regs_struct& regs = thread.regs;
  Wanted wanted;
  if (regs.orig_rax == SYS_wait4) {
    const int pid = static_cast<int>(regs.rdi);
    wanted.type = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID;
    wanted.id = pid > 0 ? pid : -pid;
    wanted.stopped = (regs.rdx & WUNTRACED) != 0;
    wanted.continued = (regs.rdx & WCONTINUED) != 0;
    return wanted;
  }
  wanted.type = static_cast<int>(regs.rdi);
  wanted.id = static_cast<int>(regs.rsi);
  if (wanted.type == P_PIDFD) {
    wanted.id = std::atoi(FieldOf(absl::StrCat("/proc/", thread.process->pid, "/fdinfo/", wanted.id), "Pid").c_str());
  }
  wanted.exited = (regs.r10 & WEXITED) != 0;
  wanted.stopped = (regs.r10 & WSTOPPED) != 0;
  wanted.continued = (regs.r10 & WCONTINUED) != 0;
  return wanted;
}

// The process group as the node names it.
int GroupOf(const NodeState& node, const Process& process) {
  if (!node.pid_namespace) return MadeId(node, getpgid(process.pid));
  const std::string groups = StatusField(process.pid, process.pid, "NSpgid");
  const size_t last = groups.find_last_of("\t ");
  return std::atoi(groups.c_str() + (last == std::string::npos ? 0 : last + 1));
}

bool Matches(const NodeState& node, const Wanted& wanted, const Process& parent, const Process& child) {
  switch (wanted.type) {
    case P_PID: return child.ns_pid == wanted.id;
    case P_PGID: return GroupOf(node, child) == (wanted.id == 0 ? GroupOf(node, parent) : wanted.id);
    case P_PIDFD: return child.pid == wanted.id;
    default: return true;
  }
}

// The first child of those wanted that has news, nullptr if none has. `any`: whether there is one to wait for.
Process* ChildWithNews(const NodeState& node, const Thread& thread, bool* any) {
  const Wanted wanted = WantedBy(thread);
  *any = false;
  for (const auto& process : node.processes) {
    if (process->parent != thread.process || process->reaped) continue;
    if (!Matches(node, wanted, *thread.process, *process)) continue;
    *any = true;
    if (!process->alive && wanted.exited) return process.get();
    if (process->alive && process->stop_news != 0 && wanted.stopped) return process.get();
    if (process->alive && process->continue_news && wanted.continued) return process.get();
  }
  return nullptr;
}

// Answers a wait with a child that has stopped or been continued: the kernel knows nothing of it.
Outcome TellStop(Call& call, Process& child) {
  const bool stopped = child.stop_news != 0;
  const int signal = stopped ? child.stop_news : SIGCONT;
  const bool kept = call.nr == SYS_waitid && (call.args[3] & WNOWAIT) != 0;
  if (!kept) {
    child.stop_news = 0;
    child.continue_news = false;
  }
  const uint64_t usage = call.nr == SYS_wait4 ? call.args[3] : call.args[4];
  if (usage != 0) WriteUsage(call.thread, usage);
  if (call.nr == SYS_wait4) {
    constexpr int kStopped = 0x7f, kContinued = 0xffff;  // as WIFSTOPPED and WIFCONTINUED read them
    const int status = stopped ? signal << 8 | kStopped : kContinued;
    if (call.args[1] != 0 && !WriteValue(call.pid(), call.args[1], status)) return Return(-EFAULT);
    return Return(child.ns_pid);
  }
  siginfo_t info{};
  info.si_signo = SIGCHLD;
  info.si_code = stopped ? CLD_STOPPED : CLD_CONTINUED;
  info.si_pid = child.ns_pid;
  info.si_status = signal;
  if (call.args[2] != 0 && !WriteValue(call.pid(), call.args[2], info)) return Return(-EFAULT);
  return Return(0);
}

void TellParent(NodeState& node, const Process& process) {
  node.probe_needed = true;
  if (process.parent == nullptr || !process.parent->alive || process.parent->quiet_children) return;
  kill(process.parent->pid, SIGCHLD);
  InterruptFor(node, *process.parent, SIGCHLD, nullptr);
}

}  // namespace

void StopProcess(NodeState& node, Process& process, int signal) {
  if (process.stopped || !process.alive) return;
  process.stopped = true;
  process.stop_news = signal;
  process.continue_news = false;
  TellParent(node, process);
}

void ContinueProcess(NodeState& node, Process& process) {
  if (!process.stopped || !process.alive) return;
  process.stopped = false;
  process.stop_news = 0;
  process.continue_news = true;
  std::erase_if(node.parked, [&](Thread* thread) {
    if (thread->process != &process) return false;
    node.run_queue.push_back(thread);
    return true;
  });
  TellParent(node, process);
}

bool ChildReady(const NodeState& node, const Thread& thread) {
  bool any = false;
  return ChildWithNews(node, thread, &any) != nullptr || !any;  // no such child: the kernel says ECHILD
}

Outcome OnPrctl(Call& call) {
  Process& process = *call.thread.process;
  const auto value = static_cast<int>(call.args[1]);
  // Ours to say (timestamps.h); as on a processor without.
  if (call.args[0] == PR_GET_TSC || call.args[0] == PR_SET_TSC) return Return(-EINVAL);
  if (call.args[0] == PR_SET_CHILD_SUBREAPER) process.reaps_orphans = value != 0;
  if (call.args[0] == PR_SET_PDEATHSIG && value >= 0 && value <= 64) process.death_signal = value;
  return Pass();
}

namespace {

// The kernel has sent its signal to the child; held threads do not know yet.
void TakeDeathSignal(NodeState& node, Process& child) {
  if (child.death_signal == SIGKILL) {
    node.killed.push_back(&child);
  } else if (child.death_signal != 0) {
    InterruptFor(node, child, child.death_signal, nullptr);
  }
}

// The thread that has a process's orphans: the first of those that are left.
uint32_t HeirIn(const NodeState& node, const Process& process) {
  for (const auto& thread : node.threads) {
    if (thread->process == &process && thread->state != ThreadState::kDead) return thread->ordinal;
  }
  return 0;
}

}  // namespace

// The parent whose end counts is the thread that made the child: prctl(2), PR_SET_PDEATHSIG.
void LeaveChildrenOf(NodeState& node, const Thread& thread) {
  for (const auto& child : node.processes) {
    if (child->parent != thread.process || child->parent_thread != thread.ordinal) continue;
    child->parent_thread = HeirIn(node, *thread.process);
    if (child->alive) TakeDeathSignal(node, *child);
  }
}

void LeaveChildren(NodeState& node, const Process& process) {
  Process* heir = process.parent;
  while (heir != nullptr && !(heir->alive && heir->reaps_orphans)) heir = heir->parent;
  for (const auto& child : node.processes) {
    if (child->parent != &process) continue;
    if (heir != nullptr) {
      child->parent = heir;
      child->parent_thread = HeirIn(node, *heir);
    }
    if (child->alive) {
      TakeDeathSignal(node, *child);
    } else if (heir != nullptr && !child->reaped) {
      InterruptFor(node, *heir, SIGCHLD, nullptr);
    }
  }
}

Outcome OnWait(Call& call) {
  const uint64_t options = call.nr == SYS_wait4 ? call.args[2] : call.args[3];
  bool any = false;
  Process* child = ChildWithNews(call.node, call.thread, &any);
  if (child != nullptr && child->alive) return TellStop(call, *child);
  if (child == nullptr && any) {
    if ((options & WNOHANG) == 0) return Hold(call, WaitKind::kChild);
    // Nothing yet: others may run first, or a loop that asks again and again would never end.
    call.node.Tick();
    if (call.nr == SYS_waitid && call.args[2] != 0) WriteValue(call.pid(), call.args[2], siginfo_t{});
    return {Outcome::Kind::kYieldReturn, 0};
  }
  return PassToExit(call.thread, AtExit::kWaited);
}

void NoteReaped(NodeState& node, const Thread& thread) {
  const user_regs_struct& regs = thread.regs;
  const uint64_t usage = regs.orig_rax == SYS_wait4 ? regs.r10 : regs.r8;
  if (usage != 0 && static_cast<int64_t>(regs.rax) >= 0) WriteUsage(thread, usage);
  int ns_pid = static_cast<int>(regs.rax);
  if (regs.orig_rax == SYS_waitid) {
    siginfo_t info{};
    const bool kept = (regs.r10 & WNOWAIT) != 0;
    if (regs.rax != 0 || kept || regs.rdx == 0 || !ReadValue(thread.process->pid, regs.rdx, &info)) return;
    ns_pid = info.si_pid;
  }
  if (ns_pid <= 0) return;
  for (const auto& process : node.processes) {
    if (process->parent == thread.process && process->ns_pid == ns_pid && !process->alive) process->reaped = true;
  }
}

Outcome OnClone(Call& call) {
  uint64_t flags = 0;
  if (call.nr == SYS_clone) flags = call.args[0];
  if (call.nr == SYS_clone3 && !ReadValue(call.pid(), call.args[0], &flags)) return Return(-EFAULT);
  if ((flags & (kNewNamespaces | kUntraced)) != 0) {
    call.node.Find("call", "tried to make a namespace or an untraced process and was refused (EPERM)");
    return Return(-EPERM);
  }
  if (call.node.live_threads >= call.node.config->max_threads) {
    call.node.Find("limit-threads", absl::StrCat("has ", call.node.live_threads,
                                                 " threads and processes, the limit; making more fails (EAGAIN)"));
    call.node.Tick();
    return Return(-EAGAIN);
  }
  return Pass();
}

Outcome OnExit(Call& call) {
  Thread& self = call.thread;
  const bool group = call.nr == SYS_exit_group;
  bool others = false;
  for (const auto& thread : call.node.threads) {
    if (thread->process != self.process || thread->state == ThreadState::kDead) continue;
    others = others || thread.get() != &self;
    // Whose death wakes whom is noted now: when they are dead there is nobody left to ask.
    if (group || thread.get() == &self) NoteLegacy(call.node, *thread);
  }
  self.exiting = true;
  self.exits_group = group;
  if (group || !others) SearchBeforeEnd(call.node, *self.process);
  if (group || !others || self.tid != self.process->pid) return Pass();
  // The leader leaves before its threads: the kernel would keep a zombie whose memory and descriptors cannot be
  // reached any more. It stays in its stop instead, and leaves as the last.
  const int zero = 0;
  if (self.clear_tid != 0) WriteValue(call.pid(), self.clear_tid, zero);
  WakeHeirs(call.node, self);
  return Hold(call, WaitKind::kExited);
}

Outcome OnExecve(Call& call) {
  SearchBeforeEnd(call.node, *call.thread.process);
  if (call.node.pid_namespace) NoteLegacyOf(call.node, *call.thread.process);
  call.thread.in_exec = true;
  return Pass();
}

}  // namespace gyre
