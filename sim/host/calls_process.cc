// Birth, waiting for and death of processes and threads, as far as calls go; the events are in scheduler.cc.
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"

namespace gyre {
namespace {

constexpr uint64_t kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr uint64_t kUntraced = 0x00800000;  // CLONE_UNTRACED

// Which children a wait4 or waitid asks for: their pid, or 0 for any.
int WantedChild(const user_regs_struct& regs) {
  if (regs.orig_rax == SYS_wait4) return static_cast<int>(regs.rdi) > 0 ? static_cast<int>(regs.rdi) : 0;
  return static_cast<int>(regs.rdi) == P_PID ? static_cast<int>(regs.rsi) : 0;
}

}  // namespace

bool ChildReady(const NodeState& node, const Thread& thread) {
  const int wanted = WantedChild(thread.regs);
  bool any = false;
  for (const auto& process : node.processes) {
    if (process->parent != thread.process || process->reaped) continue;
    if (wanted != 0 && process->ns_pid != wanted) continue;
    if (!process->alive) return true;
    any = true;
  }
  return !any;  // no such child: the kernel says ECHILD
}

Outcome OnWait(Call& call) {
  const uint64_t options = call.nr == SYS_wait4 ? call.args[2] : call.args[3];
  if (!ChildReady(call.node, call.thread)) {
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
  if (group || !others || self.tid != self.process->pid) return Pass();
  // The leader leaves before its threads: the kernel would keep a zombie whose memory and descriptors cannot be
  // reached any more. It stays in its stop instead, and leaves as the last.
  const int zero = 0;
  if (self.clear_tid != 0) WriteValue(call.pid(), self.clear_tid, zero);
  WakeHeirs(call.node, self);
  return Hold(call, WaitKind::kExited);
}

Outcome OnExecve(Call& call) {
  call.thread.in_exec = true;
  return Pass();
}

}  // namespace gyre
