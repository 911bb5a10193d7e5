// Signals within a node. The supervisor queues the real signal and decides who takes it: with all threads stopped,
// the kernel leaves a process's signal to whichever thread runs first, so the one that should take it runs first.
// A held thread is interrupted by letting its call reach the kernel, which finds the signal pending and returns
// EINTR or restarts, exactly as SA_RESTART and the call say; only sleeps are answered here, since their remaining
// time is virtual. signal(7).
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/made_code.h"
#include "sim/host/process_table.h"

namespace gyre {
namespace {

constexpr uint64_t Bit(int signal) { return uint64_t{1} << (signal - 1); }

uint64_t StatusMask(pid_t pid, pid_t tid, const char* field) {
  return std::strtoull(StatusField(pid, tid, field).c_str(), nullptr, 16);
}
uint64_t StatusMask(const Thread& thread, const char* field) {
  return StatusMask(thread.process->pid, thread.tid, field);
}

// The signals that the thread blocks while it waits: some calls bring a mask of their own.
uint64_t BlockedMask(const Thread& thread) {
  const user_regs_struct& regs = thread.regs;
  uint64_t address = 0;
  if (thread.state == ThreadState::kHeld) {
    switch (regs.orig_rax) {
      case SYS_rt_sigsuspend: address = regs.rdi; break;
      case SYS_ppoll: address = regs.r10; break;
      case SYS_epoll_pwait:
      case SYS_epoll_pwait2: address = regs.r8; break;
      case SYS_pselect6:
        if (regs.r9 != 0) ReadValue(thread.process->pid, regs.r9, &address);
        break;
      default: break;
    }
  }
  uint64_t mask = 0;
  if (address != 0 && ReadValue(thread.process->pid, address, &mask)) return mask;
  ptrace(PTRACE_GETSIGMASK, thread.tid, sizeof mask, &mask);
  return mask;
}

bool IsIgnoredByDefault(int signal) {
  return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

void AnswerSleep(NodeState& node, Thread& thread) {
  // The time that remains, where the call asked for it (never for an absolute sleep).
  const user_regs_struct& regs = thread.regs;
  const bool absolute = regs.orig_rax == SYS_clock_nanosleep && (regs.rsi & TIMER_ABSTIME) != 0;
  const uint64_t address = regs.orig_rax == SYS_nanosleep ? regs.rsi : regs.r10;
  const int64_t left = std::max<int64_t>(thread.wait.deadline - node.now(), 0);
  if (!absolute && address != 0) WriteValue(thread.process->pid, address, ToTimespec(left));
  thread.resume = Resume::kReturn;
  thread.ret = -EINTR;
}

void Interrupt(NodeState& node, Thread& thread) {
  if (thread.state == ThreadState::kRunnable) return;  // takes it when its turn comes
  if (thread.wait.kind == WaitKind::kVfork) return;    // not interruptible
  if (thread.wait.kind == WaitKind::kFutex) LeaveFutexQueue(node, thread);
  // What is ready anyway is done by its rule; the signal comes at its end. A write may have to wait again before that,
  // and the kernel ends it with what there is room for.
  const bool writes = thread.wait.kind == WaitKind::kDescriptor && thread.wait.events == POLLOUT;
  const bool ready = thread.moved == 0 && !writes && IsReady(node, thread);
  thread.resume = ready ? Resume::kRecheck : Resume::kInterrupt;
  if (thread.moved > 0) {
    thread.resume = Resume::kReturn;
    thread.ret = static_cast<int64_t>(thread.moved);
  }
  if (thread.wait.kind == WaitKind::kSleep) AnswerSleep(node, thread);
  thread.state = ThreadState::kRunnable;
  if (!ready) thread.wait = Wait();
  node.run_queue.push_front(&thread);
}

}  // namespace

bool IsDeliverable(const Thread& thread, int signal) {
  if (signal == SIGKILL || signal == SIGSTOP) return true;
  if ((BlockedMask(thread) & Bit(signal)) != 0) return false;
  if ((StatusMask(thread, "SigIgn") & Bit(signal)) != 0) return false;
  return !IsIgnoredByDefault(signal) || (StatusMask(thread, "SigCgt") & Bit(signal)) != 0;
}

bool IsFatal(const Thread& thread, int signal) {
  const bool stops = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
  const uint64_t handled = StatusMask(thread, "SigCgt") | StatusMask(thread, "SigIgn");
  return !stops && !IsIgnoredByDefault(signal) && (handled & Bit(signal)) == 0;
}

uint64_t PendingOf(const Thread& thread) { return StatusMask(thread, "SigPnd") | StatusMask(thread, "ShdPnd"); }

bool HasPending(const Thread& thread, uint64_t set) { return (PendingOf(thread) & set) != 0; }

void InterruptFor(NodeState& node, Process& process, int signal, Thread* thread) {
  node.probe_needed = true;  // signalfd
  for (const auto& candidate : node.threads) {
    if (candidate->process != &process || candidate->state == ThreadState::kDead) continue;
    if (thread != nullptr && candidate.get() != thread) continue;
    // Who waits for the signal synchronously takes it, blocked or not.
    if (candidate->state == ThreadState::kHeld && candidate->wait.kind == WaitKind::kSignalWait &&
        (candidate->wait.signals & Bit(signal)) != 0) {
      WakeToRetry(node, *candidate);
      return;
    }
  }
  for (const auto& candidate : node.threads) {
    if (candidate->process != &process || candidate->state == ThreadState::kDead) continue;
    if (thread != nullptr && candidate.get() != thread) continue;
    if (candidate->wait.kind == WaitKind::kExited || !IsDeliverable(*candidate, signal)) continue;
    Interrupt(node, *candidate);
    return;
  }
}

// The kernel sends them within a call that makes a descriptor ready, ours that feeds stdin among them: fcntl(2),
// O_ASYNC. Each line that comes, and that may be read, is told of.
void TakeKernelSignals(NodeState& node) {
  if (!node.kernel_signals) return;
  if (node.stdin_signals) node.in.FeedOneLine();
  const auto interrupt = [&](Process& process, uint64_t pending, Thread* thread) {
    for (int signal = 1; signal <= 64; ++signal) {
      if ((pending & Bit(signal)) != 0) InterruptFor(node, process, signal, thread);
    }
  };
  for (const auto& process : node.processes) {
    if (process->alive) interrupt(*process, StatusMask(process->pid, process->pid, "ShdPnd"), nullptr);
  }
  for (const auto& thread : node.threads) {
    if (thread->state == ThreadState::kHeld) interrupt(*thread->process, StatusMask(*thread, "SigPnd"), thread.get());
  }
}

void SendTimerSignal(NodeState& node, const SignalTimer& timer, Thread* thread) {
  siginfo_t info{};
  info.si_signo = timer.signal;
  info.si_code = SI_TIMER;
  info.si_value.sival_ptr = reinterpret_cast<void*>(timer.value);
  info.si_timerid = timer.id;
  if (timer.id < 0) {
    kill(timer.process->pid, timer.signal);
  } else if (thread != nullptr) {
    syscall(SYS_rt_tgsigqueueinfo, timer.process->pid, thread->tid, timer.signal, &info);
  } else {
    syscall(SYS_rt_sigqueueinfo, timer.process->pid, timer.signal, &info);
  }
  InterruptFor(node, *timer.process, timer.signal, thread);
}

void PrepareEnd(NodeState& node, Process& process) {
  SearchBeforeEnd(node, process);
  NoteLegacyOf(node, process);
}

namespace {

// The kernel queues the signal, in the sender's name; at the call's exit it is seen who takes it.
Outcome SendTo(Call& call, int signal, std::vector<Process*> processes, Thread* thread) {
  if (signal <= 0 || signal > 64 || (processes.empty() && thread == nullptr)) return Pass();
  if (thread != nullptr && (signal == SIGSTOP || signal == SIGCONT)) processes = {thread->process};
  if (signal == SIGSTOP) {
    // The kernel's own stop would be a second one beside ptrace's: the node's is made by giving no turns.
    for (Process* process : processes) StopProcess(call.node, *process, signal);
    return {call.thread.process->stopped ? Outcome::Kind::kYieldReturn : Outcome::Kind::kReturn, 0};
  }
  if (signal == SIGCONT) {
    for (Process* process : processes) ContinueProcess(call.node, *process);
  }
  const bool of_terminal = signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
  if (of_terminal && thread == nullptr) {
    // Their default is to stop, but not in process groups without a terminal, as a node's are: setpgid(2).
    std::erase_if(processes, [&](const Process* process) {
      return (StatusMask(process->pid, process->pid, "SigCgt") & Bit(signal)) == 0;
    });
    if (processes.empty()) return Return(0);
  }
  if (signal == SIGKILL) {
    for (Process* process : processes) PrepareEnd(call.node, *process);
    if (thread != nullptr) PrepareEnd(call.node, *thread->process);
  }
  call.thread.sent = {signal, std::move(processes), thread};
  return PassToExit(call.thread, AtExit::kSignalled);
}

}  // namespace

void NoteSignalled(NodeState& node, Thread& sender) {
  const SentSignal sent = std::move(sender.sent);
  sender.sent = SentSignal();
  for (Process* process : sent.processes) {
    if (sent.signal == SIGKILL) {
      node.killed.push_back(process);
    } else if (process != sender.process || !IsDeliverable(sender, sent.signal)) {
      InterruptFor(node, *process, sent.signal, nullptr);
    }
  }
  if (sent.thread != nullptr && sent.thread->state != ThreadState::kDead) {
    InterruptFor(node, *sent.thread->process, sent.signal, sent.thread);
  }
}

namespace {

// Without a namespace the kernel would signal all that the caller may: we signal those of the node.
Outcome KillAllOthers(Call& call, int signal) {
  if (signal < 0 || signal > 64) return Return(-EINVAL);
  SentSignal sent{signal, {}, nullptr};
  for (const auto& process : call.node.processes) {
    if (!process->alive || process.get() == call.thread.process) continue;
    if (signal == SIGKILL) PrepareEnd(call.node, *process);
    if (signal == 0 || kill(process->pid, signal) == 0) sent.processes.push_back(process.get());
  }
  if (sent.processes.empty()) return Return(-ESRCH);
  call.thread.sent = std::move(sent);
  if (signal != 0) NoteSignalled(call.node, call.thread);
  return Return(0);
}

}  // namespace

Outcome OnKill(Call& call) {
  const int target = static_cast<int>(call.args[0]);
  const int signal = static_cast<int>(call.args[1]);
  const bool stops = signal == SIGSTOP || signal == SIGCONT;
  if (target == -1 && !call.node.pid_namespace && !stops) return KillAllOthers(call, signal);
  std::vector<Process*> processes;
  if (target > 0) {
    Process* process = FindProcess(call.node, target);
    if (process != nullptr) processes.push_back(process);
  } else {
    // A process group (0: the caller's own), or all but the caller's own process.
    const Process* leader = target < -1 ? FindProcess(call.node, -target) : call.thread.process;
    for (const auto& process : call.node.processes) {
      if (!process->alive || leader == nullptr || (target == -1 && process.get() == call.thread.process)) continue;
      if (target == -1 || getpgid(process->pid) == getpgid(leader->pid)) processes.push_back(process.get());
    }
  }
  return SendTo(call, signal, std::move(processes), nullptr);
}

Outcome OnTgkill(Call& call) {
  const bool with_group = call.nr == SYS_tgkill || call.nr == SYS_rt_tgsigqueueinfo;
  const int target = static_cast<int>(with_group ? call.args[1] : call.args[0]);
  const int signal = static_cast<int>(with_group ? call.args[2] : call.args[1]);
  if (call.nr == SYS_rt_sigqueueinfo) {
    Process* process = FindProcess(call.node, target);
    return process == nullptr ? Pass() : SendTo(call, signal, {process}, nullptr);
  }
  Thread* thread = FindThread(call.node, target);
  const bool special = signal == SIGSTOP || signal == SIGCONT || signal == SIGKILL;
  return thread == &call.thread && !special ? Pass() : SendTo(call, signal, {}, thread);
}

Outcome OnPidfdSendSignal(Call& call) {
  const int signal = static_cast<int>(call.args[1]);
  // Whose descriptor it is, in our own numbering.
  const std::string number = FieldOf(absl::StrCat("/proc/", call.pid(), "/fdinfo/", call.args[0]), "Pid");
  const pid_t pid = static_cast<pid_t>(std::strtol(number.c_str(), nullptr, 10));
  for (const auto& process : call.node.processes) {
    if (process->alive && process->pid == pid) return SendTo(call, signal, {process.get()}, nullptr);
  }
  return Pass();
}

Outcome OnSigaction(Call& call) {
  // The kernel's struct: handler, flags, restorer, mask.
  uint64_t action[2];
  if (call.args[1] != 0 && ReadValue(call.pid(), call.args[1], &action)) {
    call.thread.process->quiet_children = (action[1] & SA_NOCLDSTOP) != 0;
  }
  return Pass();
}

Outcome OnSignalfd(Call& call) {
  return PassToExit(call.thread, AtExit::kSignalfd);
}

Outcome OnPause(Call& call) {
  return Hold(call, WaitKind::kSignal);
}

Outcome OnSigsuspend(Call& call) {
  uint64_t mask = 0;
  if (!ReadValue(call.pid(), call.args[0], &mask)) return Return(-EFAULT);
  // A signal that was blocked until now ends the call at once.
  if (HasPending(call.thread, ~mask)) return Pass();
  return Hold(call, WaitKind::kSignal);
}

Outcome OnSigtimedwait(Call& call) {
  uint64_t set = 0;
  if (!ReadValue(call.pid(), call.args[0], &set)) return Return(-EFAULT);
  if (HasPending(call.thread, set)) return PassToExit(call.thread, AtExit::kSignalTaken);
  int64_t deadline = kNever;
  if (call.args[2] != 0) {
    timespec time;
    if (!ReadValue(call.pid(), call.args[2], &time)) return Return(-EFAULT);
    deadline = DeadlineAfter(call.node, FromTimespec(time));
  }
  if (deadline <= call.node.now()) {
    call.node.Tick();
    return {Outcome::Kind::kYieldReturn, -EAGAIN};
  }
  const Outcome held = Hold(call, WaitKind::kSignalWait, deadline);
  call.thread.wait.signals = set;
  return held;
}

}  // namespace gyre
