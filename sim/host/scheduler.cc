// One thread of a node runs at a time, and none ever blocks in the kernel. That is all of the determinism:
//
// Every call that could block stops its thread before it is made (seccomp RET_TRACE). If the kernel would not
// block, the call passes; if it would, the thread is held in that stop until something makes it ready: a message on
// stdin, another thread's write or futex wake, a virtual deadline. So the order of everything that threads do to
// each other is the order in which we let them run, and that is first come, first served. When no thread is
// runnable and probing the held ones again finds nothing, the node is quiescent: nothing can happen in it until
// virtual time moves or a message comes.
//
// We wait for exactly the thread that runs. Others are in stops that were already reported, except in three cases,
// which are waited for where they arise: the first stop of a new thread or process (at its parent's clone event), the
// deaths of a process's other threads (at its exit), and the change of identity when a thread that is not the leader
// execs.
//
// A thread that makes one call after another and never blocks gives way to runnable peers now and then (kCallsATurn):
// what it waits for may be theirs to do.
//
// Longer than 600 lines: what starts, ends and resumes threads is one machine, whose states are theirs.
//
// With a chooser (--thread-schedule random) the order is another one for each seed: thread_order.cc.
//
// Left out: preemption without a chooser. A thread that computes without calls runs until it makes one; the watchdog
// ends what never does.
#include "sim/host/scheduler.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/host/call_filter.h"
#include "sim/host/call_text.h"
#include "sim/host/call_trace.h"
#include "sim/host/calls.h"
#include "sim/host/made_code.h"
#include "sim/host/made_ids.h"
#include "sim/host/place.h"
#include "sim/host/process_table.h"
#include "sim/host/thread_order.h"

namespace gyre {
namespace {

// Rounds of nothing but yields, by all runnable threads, that make a node quiescent.
constexpr size_t kMostYields = 16;
// Calls after which a thread gives way to runnable peers: one that never blocks may be waiting for what they do.
// Only those of the call digest count, so that clock reads that make no call change nothing.
constexpr uint64_t kCallsATurn = 64;

// What a thread's turn ended with.
enum class Turn : uint8_t {
  kHeld,
  kYielded,
  kPreempted,
  kDied,
  kCutOff,   // still runnable: the node's time is up
  kStuck,
};

class Runner {
 public:
  Runner(NodeState& node, Watchdog& watchdog)
      : node_(node), watchdog_(watchdog), patience_(node.config->step_wall_limit.ns()), start_(node.now()) {}

  bool Run();

 private:
  Turn RunThread(Thread& thread);
  bool PrepareResume(Thread& thread);
  bool Continue(Thread& thread);
  bool WaitFor(pid_t tid, int* status);
  bool WaitForExec(Thread& thread, int* status);
  Turn OnStop(Thread& thread, int status, bool* ended);
  Turn OnCall(Thread& thread, bool* ended);
  Turn Apply(Thread& thread, const Outcome& outcome, const CallRow* row, bool* ended);
  void OnBirth(Thread& thread, int event);
  void OnExec(Thread& thread);
  void OnSignal(Thread& thread, int signal);
  Turn OnDeath(Thread& thread, int status);
  bool ReapSiblings(const Thread& thread, int options);
  void ReleaseLeader(const Process& process);
  void ReapProcess(Process& process);
  void ReapKilled();
  bool ProbeHeld();
  bool IsStep(const Thread& thread, int status) const;
  void LogCall(const Thread& thread, uint32_t call, uint64_t outcome) {
    if (node_.call_log.size() < node_.config->keep_calls) {
      node_.call_log.push_back({node_.now(), thread.ordinal, call, outcome});
    }
  }
  bool WaitForOutside();
  bool IsOnlyTraced(Thread& thread, const CallRow* row);
  bool SeesAll() const { return node_.trace != nullptr && node_.trace->sees_all(); }
  // The watchdog's questions, asked only while a thread runs for long: is the step to be given up?
  bool IsWallTimeUp(pid_t process, pid_t thread) {
    const volatile int* interrupted = node_.config->interrupted;
    return patience_.IsOver(process, thread) || (interrupted != nullptr && *interrupted != 0);
  }
  bool IsOver() const { return node_.death.has_value() || node_.stuck.has_value(); }
  bool TimeIsUp() const { return node_.now() > start_ && node_.now() >= node_.until; }

  NodeState& node_;
  Watchdog& watchdog_;
  Patience patience_;
  const int64_t start_;
  uint64_t calls_of_turn_ = 0;
  int64_t steps_left_ = 0;  // single steps until the running thread is preempted; 0: it is not
};

void ReleaseVforkParent(NodeState& node, const Process& child) {
  for (const auto& thread : node.threads) {
    if (thread->state != ThreadState::kHeld || thread->wait.kind != WaitKind::kVfork) continue;
    if (thread->wait.fd != child.pid) continue;
    thread->state = ThreadState::kRunnable;
    thread->resume = Resume::kContinue;
    thread->wait = Wait();
    node.run_queue.push_back(thread.get());
  }
}

// As strace tells it.
std::string EndText(int status) {
  return WIFSIGNALED(status) ? absl::StrCat("+++ killed by ", SignalName(WTERMSIG(status)), " +++")
                             : absl::StrCat("+++ exited with ", WEXITSTATUS(status), " +++");
}

bool Runner::WaitFor(pid_t tid, int* status) {
  for (;;) {
    watchdog_.BeginWait();
    const pid_t got = waitpid(tid, status, __WALL);
    const int error = errno;
    watchdog_.EndWait();
    if (got == tid) return true;
    if (got < 0 && error != EINTR) return false;
    // Interrupted: the thread has been running for a while, or it is a leader that died of a signal and waits for
    // its siblings to be collected.
    const auto running = node_.by_tid.find(tid);
    const pid_t process = running == node_.by_tid.end() ? tid : running->second->process->pid;
    if (running != node_.by_tid.end()) ReapSiblings(*running->second, WNOHANG);
    node_.out.Drain();
    node_.err.Drain();
    if (node_.out.bytes().size() > node_.config->max_output_bytes || IsWallTimeUp(process, tid)) {
      node_.stuck = "";
      return false;
    }
  }
}

// A thread that is not the leader execs: it stops as itself if that fails, else as the leader, after the deaths of
// all other threads of its process were reported.
bool Runner::WaitForExec(Thread& thread, int* status) {
  for (;;) {
    watchdog_.BeginWait();
    const pid_t got = waitpid(-1, status, __WALL);
    const int error = errno;
    watchdog_.EndWait();
    if (got < 0 && error != EINTR) return false;
    if (got == thread.tid) return true;
    if (got == thread.process->pid && WIFSTOPPED(*status) && *status >> 16 == PTRACE_EVENT_EXEC) return true;
    const auto other = node_.by_tid.find(got);
    if (got > 0 && other != node_.by_tid.end() && !WIFSTOPPED(*status)) MarkDead(node_, *other->second);
    if (got < 0 && IsWallTimeUp(thread.process->pid, thread.tid)) {
      node_.stuck = "";
      return false;
    }
  }
}

// Sets registers as the thread's pending action says. False if the thread has to be held again.
bool Runner::PrepareResume(Thread& thread) {
  const Resume resume = thread.resume;
  thread.resume = Resume::kContinue;
  if (resume == Resume::kReturn) {
    thread.regs.orig_rax = static_cast<uint64_t>(-1);
    thread.regs.rax = static_cast<uint64_t>(thread.ret);
    if (node_.trace != nullptr) node_.trace->End(node_, thread, thread.ret, "answered");
    SetRegisters(thread.tid, thread.regs);
    return true;
  }
  const bool waits = thread.regs.orig_rax == SYS_wait4 || thread.regs.orig_rax == SYS_waitid;
  if (resume == Resume::kInterrupt && waits) {
    // It may find its child dead rather than be interrupted.
    thread.at_exit = AtExit::kWaited;
    thread.syscall_exit = true;
  }
  if (resume == Resume::kInterrupt && SeesAll()) thread.syscall_exit = true;
  if (resume != Resume::kRecheck) return true;
  // Somebody may have taken what made it ready: ask again, with the deadline it had.
  const Wait before = thread.wait;
  Call call = CallOf(node_, thread);
  const CallRow* row = FindCall(call.nr, call.args);
  CHECK(row != nullptr && row->handler != nullptr);
  bool ended = false;
  Outcome outcome = row->handler(call);
  // Its turn has just come: nobody goes before it once more.
  if (outcome.kind == Outcome::Kind::kYieldPass) outcome.kind = Outcome::Kind::kPass;
  if (outcome.kind == Outcome::Kind::kYieldReturn) outcome.kind = Outcome::Kind::kReturn;
  if (outcome.kind == Outcome::Kind::kHold) {
    thread.wait.deadline = before.deadline;
    thread.wait.armed = before.armed;
    thread.state = ThreadState::kHeld;
    return false;
  }
  thread.wait = Wait();
  Apply(thread, outcome, row, &ended);
  if (thread.resume == Resume::kReturn) return PrepareResume(thread);
  return true;
}

// A single step that we asked for, and no trap of the program's own (INT3 has another code).
bool Runner::IsStep(const Thread& thread, int status) const {
  siginfo_t info;
  return node_.config->choose != nullptr && WIFSTOPPED(status) && status >> 8 == SIGTRAP &&
         ptrace(PTRACE_GETSIGINFO, thread.tid, nullptr, &info) == 0 &&
         (info.si_code == TRAP_TRACE || info.si_code == TRAP_BRKPT);
}

// A step told when the steps are over: that over a call, or the thread has read its flags while it was stepped (PUSHF
// shows the trap flag) and restored them since. Left alone it would stop at each of its instructions from now on.
void LeaveSingleStep(Thread& thread) {
  constexpr uint64_t kTrapFlag = 0x100;
  if (!GetRegisters(thread.tid, &thread.regs) || (thread.regs.eflags & kTrapFlag) == 0) return;
  thread.regs.eflags &= ~kTrapFlag;
  SetRegisters(thread.tid, thread.regs);
}

bool Runner::Continue(Thread& thread) {
  const int signal = thread.signal;
  thread.signal = 0;
  if (thread.at_call && !node_.pid_namespace) ShowRealIds(node_, thread);
  const auto request = thread.syscall_exit ? PTRACE_SYSCALL : steps_left_ > 0 ? PTRACE_SINGLESTEP : PTRACE_CONT;
  thread.syscall_exit = false;
  thread.at_call = false;
  return ptrace(request, thread.tid, nullptr, reinterpret_cast<void*>(static_cast<long>(signal))) == 0 ||
         errno == ESRCH;
}

Turn Runner::RunThread(Thread& thread) {
  calls_of_turn_ = 0;
  if (thread.resume == Resume::kCall) {
    thread.resume = Resume::kContinue;
    bool ended = false;
    const Turn turn = OnCall(thread, &ended);
    if (ended) return turn;
    if (thread.state != ThreadState::kRunnable) return Turn::kHeld;
    if (TimeIsUp()) return Turn::kCutOff;
  }
  if (!PrepareResume(thread)) return Turn::kHeld;
  thread.yielded = false;
  steps_left_ = StepsUntilPreempted(node_, PreemptionPoint::kTurn);
  for (;;) {
    CHECK(Continue(thread));
    if (thread.exits_group) ReapSiblings(thread, 0);
    int status;
    const bool leaves_leader = thread.in_exec && thread.tid != thread.process->pid;
    if (leaves_leader ? !WaitForExec(thread, &status) : !WaitFor(thread.tid, &status)) {
      if (!node_.stuck.has_value()) return OnDeath(thread, 0);
      *node_.stuck = ThreadText(thread);
      return Turn::kStuck;
    }
    if (IsStep(thread, status)) {
      if (steps_left_ == 0) {
        LeaveSingleStep(thread);
        continue;
      }
      if (--steps_left_ > 0) continue;
      node_.run_queue.push_back(&thread);
      return Turn::kPreempted;
    }
    ++node_.stops;
    bool ended = false;
    const Turn turn = OnStop(thread, status, &ended);
    if (ended) return turn;
    if (thread.state != ThreadState::kRunnable) return Turn::kHeld;
    if (status >> 16 != 0) steps_left_ = StepsUntilPreempted(node_, PreemptionPoint::kCall);
    if (TimeIsUp()) return Turn::kCutOff;
    if (NextSignal(node_) <= node_.now() && FireDue(node_) && !node_.run_queue.empty()) {
      node_.run_queue.push_back(&thread);
      return Turn::kYielded;
    }
    if (thread.resume != Resume::kContinue && !PrepareResume(thread)) return Turn::kHeld;
  }
}

Turn Runner::OnStop(Thread& thread, int status, bool* ended) {
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    *ended = true;
    return OnDeath(thread, status);
  }
  const int event = status >> 16;
  const int signal = WSTOPSIG(status);
  switch (event) {
    case PTRACE_EVENT_SECCOMP:
      return OnCall(thread, ended);
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
      OnBirth(thread, event);
      return Turn::kHeld;
    case PTRACE_EVENT_EXEC:
      OnExec(thread);
      return Turn::kHeld;
    case 0:
      if (signal == (SIGTRAP | 0x80)) {
        if (thread.shown_ids) HideRealIds(node_, thread);
        AtCallExit(node_, thread);
        if (node_.trace != nullptr) node_.trace->End(node_, thread, static_cast<int64_t>(thread.regs.rax), "passed");
      } else {
        OnSignal(thread, signal);
      }
      return Turn::kHeld;
    default:
      return Turn::kHeld;  // other events (group stops) need nothing but to go on
  }
}

// Tells of the call. True if it stopped for that alone, and is made or refused as if it had not.
bool Runner::IsOnlyTraced(Thread& thread, const CallRow* row) {
  const Call call = CallOf(node_, thread);
  const bool watched = IsWatched(
      call.nr, call.args, {.trap_stdout = thread.process->stdout_moved, .make_ids = !node_.pid_namespace});
  node_.trace->Begin(node_, thread, watched);
  if (watched) return false;
  if (row->rule == CallRule::kRefuse) {
    thread.resume = Resume::kReturn;
    thread.ret = -row->error;
  } else {
    thread.syscall_exit = true;
  }
  return true;
}

Turn Runner::OnCall(Thread& thread, bool* ended) {
  if (!GetRegisters(thread.tid, &thread.regs)) return Turn::kHeld;
  thread.at_call = true;
  const user_regs_struct& regs = thread.regs;
  Call call = CallOf(node_, thread);
  const CallRow* row = FindCall(call.nr, call.args);
  if (node_.trace != nullptr && IsOnlyTraced(thread, row)) return Turn::kHeld;
  if (node_.config->memory_bytes != 0 && IsMemoryCall(regs.orig_rax)) {
    // Only its failure is of interest, unless it also maps code.
    thread.syscall_exit = true;
    if (!IsWatched(call.nr, call.args, {.make_ids = !node_.pid_namespace})) return Turn::kHeld;
  }
  if (row == nullptr || row->handler == nullptr) {
    node_.Find("call", absl::StrCat("made system call ", regs.orig_rax,
                                    ", which is not in the table; it may block or tell of the machine"),
               false, true, &thread);
    return Turn::kHeld;
  }
  if (row->digested && ++calls_of_turn_ > kCallsATurn && (!node_.run_queue.empty() || node_.probe_needed)) {
    thread.resume = Resume::kCall;
    node_.run_queue.push_back(&thread);
    *ended = true;
    return Turn::kYielded;
  }
  thread.moved = 0;
  const Outcome outcome = row->handler(call);
  return Apply(thread, outcome, row, ended);
}

// Gives effect to what a handler said of a call.
Turn Runner::Apply(Thread& thread, const Outcome& outcome, const CallRow* row, bool* ended) {
  ++node_.call_count;
  if (row->digested) {
    node_.calls.Add(uint64_t{thread.ordinal} << 16 | static_cast<uint64_t>(row->nr));
    const bool returns = outcome.kind == Outcome::Kind::kReturn || outcome.kind == Outcome::Kind::kYieldReturn;
    const uint64_t became =
        static_cast<uint64_t>(outcome.kind) << 56 ^ static_cast<uint64_t>(returns ? outcome.value : 0);
    node_.calls.Add(became);
    if (node_.config->keep_calls > 0) LogCall(thread, static_cast<uint32_t>(row->nr), became);
  }
  switch (outcome.kind) {
    case Outcome::Kind::kPass:
      if (SeesAll()) thread.syscall_exit = true;
      if (node_.trace != nullptr) node_.trace->Pass(node_, thread);
      return Turn::kHeld;
    case Outcome::Kind::kPassToExit:
      thread.syscall_exit = true;
      return Turn::kHeld;
    case Outcome::Kind::kReturn:
      thread.resume = Resume::kReturn;
      thread.ret = outcome.value;
      return Turn::kHeld;
    case Outcome::Kind::kHold:
      if (node_.trace != nullptr) node_.trace->Hold(node_, thread);
      thread.state = ThreadState::kHeld;
      *ended = true;
      return Turn::kHeld;
    case Outcome::Kind::kYieldReturn:
      thread.resume = Resume::kReturn;
      thread.ret = outcome.value;
      break;
    case Outcome::Kind::kYieldPass:
      if (SeesAll()) thread.syscall_exit = true;
      if (node_.trace != nullptr) node_.trace->Pass(node_, thread);
      break;
  }
  const bool alone = node_.run_queue.empty() && !node_.probe_needed && NextDeadline(node_) > node_.now();
  if (alone && !thread.yielded && !thread.process->stopped && !TimeIsUp()) return Turn::kHeld;
  *ended = true;
  node_.run_queue.push_back(&thread);
  return TimeIsUp() ? Turn::kCutOff : Turn::kYielded;
}

void Runner::OnBirth(Thread& thread, int event) {
  unsigned long message = 0;
  ptrace(PTRACE_GETEVENTMSG, thread.tid, nullptr, &message);
  const pid_t born = static_cast<pid_t>(message);
  int status;
  // Its first stop may have come before this event; either way it is waited for here, and only here.
  if (!WaitFor(born, &status)) return;
  GetRegisters(thread.tid, &thread.regs);
  BirthArguments arguments;
  if (thread.regs.orig_rax == SYS_clone) {
    arguments = {thread.regs.rdi, thread.regs.rdx, thread.regs.r10};
  } else if (thread.regs.orig_rax == SYS_clone3) {
    uint64_t given[4] = {};  // flags, pidfd, child_tid, parent_tid
    ReadMemory(thread.process->pid, thread.regs.rdi, given, sizeof given);
    arguments = {given[0], given[3], given[2]};
  }
  const uint64_t flags = arguments.flags;
  Process* process = thread.process;
  if ((flags & CLONE_THREAD) == 0) {
    Process& parent = *thread.process;
    const bool sibling = (flags & CLONE_PARENT) != 0;
    process = &AddProcess(node_, born, sibling ? parent.parent : &parent);
    process->parent_thread = sibling ? parent.parent_thread : thread.ordinal;
    if ((flags & CLONE_VM) != 0 || event == PTRACE_EVENT_VFORK) process->address_space = parent.address_space;
    process->stdin_moved = parent.stdin_moved;
    process->stdout_moved = parent.stdout_moved;
    process->stderr_moved = parent.stderr_moved;
    process->polled_stdin = parent.polled_stdin;
    process->shares_memory = parent.shares_memory;
    process->has_signalfd = parent.has_signalfd;
    process->quiet_children = parent.quiet_children;
    process->trap_sites = parent.trap_sites;
    process->scanned = parent.scanned;
    process->has_clock_page = parent.has_clock_page;
    process->processor_limit = parent.processor_limit;
    // Memory that is the parent's too is searched at the parent's end.
    const bool own_memory = process->address_space != parent.address_space;
    process->code_changes_unseen = own_memory && parent.code_changes_unseen;
    process->timestamps_missed = parent.timestamps_missed;
  }
  Thread& child = AddThread(node_, born, process);
  child.timestamps_fault = thread.timestamps_fault;
  if (process != thread.process) process->ns_pid = child.ns_tid;
  if ((flags & CLONE_CHILD_CLEARTID) != 0) child.clear_tid = arguments.child_tid;
  GetRegisters(born, &child.regs);
  if (!node_.pid_namespace) {
    HideBornId(thread, child, arguments);
    thread.syscall_exit = true;
  }
  if (node_.trace != nullptr) node_.trace->End(node_, thread, child.ns_tid, "passed");
  node_.run_queue.push_back(&child);
  if (event == PTRACE_EVENT_VFORK) {
    thread.state = ThreadState::kHeld;
    thread.wait = Wait();
    thread.wait.kind = WaitKind::kVfork;
    thread.wait.fd = born;
  }
}

void Runner::OnExec(Thread& thread) {
  Process& process = *thread.process;
  // A thread that is not the leader takes the leader's id; the others are gone.
  if (thread.tid != process.pid) {
    node_.by_tid.erase(thread.tid);
    thread.tid = process.pid;
    thread.ns_tid = process.ns_pid;
  }
  for (const auto& other : node_.threads) {
    if (other->process != &process || other.get() == &thread) continue;
    MarkDead(node_, *other);
    LeaveChildrenOf(node_, *other);
  }
  node_.by_tid[thread.tid] = &thread;
  if (node_.trace != nullptr) node_.trace->End(node_, thread, 0, "passed");
  thread.in_exec = false;
  for (const auto& other : node_.threads) {
    if (other->process == &process) WakeHeirs(node_, *other);
  }
  thread.clear_tid = 0;
  thread.robust_list = 0;
  process.pidfd = ScopedFd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  ReleaseVforkParent(node_, process);
  PrepareImage(node_, thread);
}

void Runner::OnSignal(Thread& thread, int signal) {
  const bool may_be_ours = signal == SIGILL || (signal == SIGSEGV && thread.timestamps_fault);
  if (may_be_ours && GetRegisters(thread.tid, &thread.regs) && EmulateInstruction(node_, thread, signal)) {
    if (node_.trace != nullptr) node_.trace->Note(node_, thread, "--- an instruction that reads the machine ---");
    return;
  }
  if (node_.trace != nullptr) node_.trace->Note(node_, thread, absl::StrCat("--- ", SignalName(signal), " ---"));
  const bool leaves = thread.process->code_changes_unseen || thread.process->shares_memory;
  if (leaves && IsFatal(thread, signal)) PrepareEnd(node_, *thread.process);
  node_.calls.Add(uint64_t{thread.ordinal} << 16 | 0xff00u | static_cast<uint64_t>(signal));
  if (node_.config->keep_calls > 0) LogCall(thread, kSignalCall + static_cast<uint32_t>(signal), 0);
  siginfo_t info;
  const bool of_interest = !node_.signal_timers.empty() || !node_.pid_namespace;
  if (of_interest && ptrace(PTRACE_GETSIGINFO, thread.tid, nullptr, &info) == 0 &&
      (SettleOverrun(node_, &info) || (!node_.pid_namespace && HideSender(node_, &info)))) {
    ptrace(PTRACE_SETSIGINFO, thread.tid, nullptr, &info);
  }
  thread.signal = signal;
}

// Collects the deaths of the thread's siblings, but for the leader, whose death is told when all others were
// collected. With WNOHANG in `options`: those that have died. True if there were any.
bool Runner::ReapSiblings(const Thread& thread, int options) {
  bool any = false;
  for (const auto& other : node_.threads) {
    const bool sibling = other->process == thread.process && other.get() != &thread;
    if (!sibling || other->state == ThreadState::kDead || other->tid == thread.process->pid) continue;
    int status = 0;
    if (waitpid(other->tid, &status, __WALL | options) <= 0 || WIFSTOPPED(status)) continue;
    MarkDead(node_, *other);
    any = true;
  }
  return any;
}

// The last thread but the leader is gone: a leader that had left before can go.
void Runner::ReleaseLeader(const Process& process) {
  Thread* last = nullptr;
  int count = 0;
  for (const auto& thread : node_.threads) {
    if (thread->process != &process || thread->state == ThreadState::kDead) continue;
    last = thread.get();
    ++count;
  }
  if (count != 1 || last->state != ThreadState::kHeld || last->wait.kind != WaitKind::kExited) return;
  last->state = ThreadState::kRunnable;
  last->resume = Resume::kContinue;
  last->wait = Wait();
  node_.run_queue.push_back(last);
}

Turn Runner::OnDeath(Thread& thread, int status) {
  Process& process = *thread.process;
  if (node_.trace != nullptr) {
    node_.trace->Leave(node_, thread);
    node_.trace->Note(node_, thread, EndText(status));
  }
  bool others = false;
  for (const auto& other : node_.threads) {
    others = others || (other->process == &process && other.get() != &thread && other->state != ThreadState::kDead);
  }
  // One of several threads has ended by itself: the process goes on.
  if (thread.exiting && !thread.exits_group && others) {
    MarkDead(node_, thread);
    WakeHeirs(node_, thread);
    LeaveChildrenOf(node_, thread);
    ReleaseLeader(process);
    return Turn::kDied;
  }
  // A group exit or a fatal signal: all of them die now.
  const bool was_leader = thread.tid == process.pid;
  MarkDead(node_, thread);
  int leader_status = status;
  ReapSiblings(thread, 0);
  if (!was_leader) waitpid(process.pid, &leader_status, __WALL);
  process.alive = false;
  for (const auto& other : node_.threads) {
    if (other->process != &process) continue;
    MarkDead(node_, *other);
    WakeHeirs(node_, *other);
  }
  node_.probe_needed = true;
  ReleaseVforkParent(node_, process);
  if (&process == node_.main) {
    NodeDeath death;
    death.by_signal = WIFSIGNALED(leader_status);
    death.code = death.by_signal ? WTERMSIG(leader_status) : WEXITSTATUS(leader_status);
    node_.death = death;
  } else if (process.parent != nullptr && process.parent->alive) {
    InterruptFor(node_, *process.parent, SIGCHLD, nullptr);
  }
  LeaveChildren(node_, process);
  return Turn::kDied;
}

// A process that another one has killed outright.
void Runner::ReapProcess(Process& process) {
  Thread* any = nullptr;
  for (const auto& thread : node_.threads) {
    if (thread->process == &process && thread->state != ThreadState::kDead) any = thread.get();
  }
  if (any == nullptr || !process.alive) return;
  int status = 0;
  waitpid(any->tid, &status, __WALL);
  while (WIFSTOPPED(status) && waitpid(any->tid, &status, __WALL) > 0) {
  }
  OnDeath(*any, status);
}

void Runner::ReapKilled() {
  while (!node_.killed.empty()) {
    Process* process = node_.killed.back();
    node_.killed.pop_back();
    ReapProcess(*process);
  }
}

// Makes held threads runnable whose wait is over. True if there were any.
bool Runner::ProbeHeld() {
  if (node_.probe_needed) ++node_.changes;
  node_.probe_needed = false;
  bool any = false;
  for (const auto& thread : node_.threads) {
    if (thread->state != ThreadState::kHeld || !IsReady(node_, *thread)) continue;
    thread->found_ready_at = node_.stops;
    WakeToRetry(node_, *thread);
    any = true;
  }
  return any;
}

// What comes from outside comes by the wall clock. A node that waits for it is given a moment before it counts as
// quiescent. True if a thread can run.
bool Runner::WaitForOutside() {
  if (!node_.reaches_outside) return false;
  constexpr int kLooks = 100;
  for (int i = 0; i < kLooks; ++i) {
    usleep(1000);
    if (ProbeHeld()) return true;
  }
  return false;
}

bool Runner::Run() {
  // If all that runnable threads do is yield, they wait for time or a message: quiescent.
  size_t yields = 0;
  while (!IsOver()) {
    FireDue(node_);
    if (node_.run_queue.empty()) TakeKernelSignals(node_);
    if (node_.run_queue.empty()) {
      if (!ProbeHeld() && !WaitForOutside()) return false;
      continue;
    }
    if (yields > kMostYields * (node_.run_queue.size() + 1)) return false;
    PickNext(node_);
    Thread& thread = *node_.run_queue.front();
    node_.run_queue.pop_front();
    if (thread.state != ThreadState::kRunnable) continue;
    if (thread.process->stopped) {
      node_.parked.push_back(&thread);
      continue;
    }
    const int64_t before = node_.now();
    const uint64_t calls_before = node_.call_count;
    const Turn turn = RunThread(thread);
    const bool only_yielded = turn == Turn::kYielded && thread.yielded && node_.now() - before <= kTick &&
                              node_.call_count - calls_before <= 1;
    yields = only_yielded ? yields + 1 : 0;
    if (turn == Turn::kCutOff) {
      if (std::find(node_.run_queue.begin(), node_.run_queue.end(), &thread) == node_.run_queue.end()) {
        node_.run_queue.push_back(&thread);
      }
      return true;
    }
    ReapKilled();
    ForgetTheDead(node_);
    if (!node_.probe_needed) continue;
    TakeKernelSignals(node_);
    ProbeHeld();
  }
  return false;
}

}  // namespace

bool RunUntilQuiescent(NodeState& node, Watchdog& watchdog) { return Runner(node, watchdog).Run(); }

void Adopt(NodeState& node, pid_t main) {
  Process& process = AddProcess(node, main, nullptr);
  node.main = &process;
  Thread& thread = AddThread(node, main, &process);
  process.ns_pid = thread.ns_tid;
  node.root = ScopedFd(open(absl::StrCat("/proc/", main, "/root").c_str(), O_PATH | O_CLOEXEC));
  for (const char* path : {"proc", "sys"}) {
    struct stat status;
    if (fstatat(node.root.get(), path, &status, 0) == 0) node.kernel_devices.insert(status.st_dev);
    if (std::strcmp(path, "proc") == 0) node.proc_device = status.st_dev;
  }
  PrepareImage(node, thread);
  node.run_queue.push_back(&thread);
}

}  // namespace gyre
