// System calls of a node: a table as data (call_table.cc), and one handler family a file. A handler sees the
// stopped thread and says what becomes of the call. It never resumes anything: the scheduler does.
#pragma once

#include <signal.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "sim/host/tracee.h"

namespace gyre {

struct Outcome {
  enum class Kind : uint8_t {
    kPass,         // the kernel makes the call; it cannot block
    kPassToExit,   // the same, and the thread stops again at its exit (thread.at_exit says why)
    kReturn,       // the call is skipped and returns `value`
    kHold,         // the thread is held; thread.wait says for what
    kYieldPass,    // kPass, after the other runnable threads
    kYieldReturn,  // kReturn, after the other runnable threads
  };
  Kind kind = Kind::kPass;
  int64_t value = 0;
};
inline Outcome Pass() { return {Outcome::Kind::kPass, 0}; }
inline Outcome Return(int64_t value) { return {Outcome::Kind::kReturn, value}; }
inline Outcome PassToExit(Thread& thread, AtExit at_exit) {
  thread.at_exit = at_exit;
  return {Outcome::Kind::kPassToExit, 0};
}

// A stopped call. References live as long as the stop.
struct Call {
  NodeState& node;
  Thread& thread;
  uint64_t nr;
  uint64_t args[6];

  pid_t pid() const { return thread.process->pid; }
};
// The call that the thread is stopped at.
Call CallOf(NodeState& node, Thread& thread);

using CallHandler = Outcome (*)(Call&);

// How a call is treated by the seccomp filter and the supervisor.
enum class CallRule : uint8_t {
  kAllow,   // never stops: cannot block, tells nothing of the outside
  kTrap,    // always stops and is handled
  kTrapArg, // stops only if argument `arg` passes `test`
  kRefuse,  // fails with `error` without a stop
};
enum class ArgTest : uint8_t { kNone, kEqual, kNotEqual, kAtMost, kHasBits };

// The numbers of calls are below it.
constexpr int kCallLimit = 512;

struct CallRow {
  int nr;
  const char* name;
  CallRule rule;
  CallHandler handler;   // of kTrap and kTrapArg
  int error;             // of kRefuse
  uint8_t arg;           // of kTrapArg
  ArgTest test;
  uint32_t operand;
  bool digested;         // its result belongs to the call digest
  const char* reason;
};

// The row of a call, nullptr when the table has none (then it stops, is reported, and passes).
const CallRow* FindCall(uint64_t nr);
// The row that a call with these arguments stops for: the first one whose test passes, else the first.
const CallRow* FindCall(uint64_t nr, const uint64_t* args);
// All rows; and whether a call with these arguments passes the row's test, as the filter tells it (call_filter.h).
absl::Span<const CallRow> CallRows();
bool Passes(const CallRow& row, const uint64_t* args);

// Handlers, by family.
Outcome OnClockGettime(Call&);
Outcome OnClockGetres(Call&);
Outcome OnGettimeofday(Call&);
Outcome OnTime(Call&);
Outcome OnTimes(Call&);
Outcome OnNanosleep(Call&);
Outcome OnClockNanosleep(Call&);
Outcome OnGetrusage(Call&);
Outcome OnProcessorLimit(Call&);
Outcome OnSysinfo(Call&);
Outcome OnGetcpu(Call&);
Outcome OnSchedGetaffinity(Call&);
Outcome OnReturnZero(Call&);
Outcome OnSchedYield(Call&);
Outcome OnTimerCreate(Call&);
Outcome OnTimerSettime(Call&);
Outcome OnTimerGettime(Call&);
Outcome OnTimerGetoverrun(Call&);
Outcome OnTimerDelete(Call&);
Outcome OnSetitimer(Call&);
Outcome OnGetitimer(Call&);
Outcome OnAlarm(Call&);
Outcome OnTimerfdCreate(Call&);
Outcome OnTimerfdSettime(Call&);
Outcome OnTimerfdGettime(Call&);
Outcome OnFutex(Call&);
Outcome OnFutexWaitv(Call&);
Outcome OnSetRobustList(Call&);
Outcome OnSetTidAddress(Call&);
Outcome OnPoll(Call&);
Outcome OnSelect(Call&);
Outcome OnEpollWait(Call&);
Outcome OnEpollCtl(Call&);
Outcome OnRead(Call&);
Outcome OnVectorAt(Call&);
Outcome OnWrite(Call&);
Outcome OnReceive(Call&);
Outcome OnSend(Call&);
Outcome OnAccept(Call&);
Outcome OnConnect(Call&);
Outcome OnBind(Call&);
Outcome OnSocket(Call&);
Outcome OnListen(Call&);
Outcome OnSetsockopt(Call&);
Outcome OnGetsockopt(Call&);
Outcome OnFcntl(Call&);
Outcome OnFlock(Call&);
Outcome OnIoctl(Call&);
Outcome OnClose(Call&);
Outcome OnDup(Call&);
Outcome OnSplice(Call&);
Outcome OnShutdown(Call&);
Outcome OnOpen(Call&);
Outcome OnStat(Call&);
Outcome OnStatfs(Call&);
Outcome OnGetdents(Call&);
Outcome OnUtime(Call&);
Outcome OnReadlink(Call&);
Outcome OnGetrandom(Call&);
Outcome OnMincore(Call&);
Outcome OnMmap(Call&);
Outcome OnMprotect(Call&);
Outcome OnShmat(Call&);
Outcome OnShmctl(Call&);
Outcome OnKill(Call&);
Outcome OnTgkill(Call&);
Outcome OnPidfdSendSignal(Call&);
Outcome OnSigaction(Call&);
Outcome OnSignalfd(Call&);
Outcome OnInotify(Call&);
Outcome OnForbidden(Call&);
Outcome OnRefuse(Call&);
Outcome OnPause(Call&);
Outcome OnSigsuspend(Call&);
Outcome OnSigtimedwait(Call&);
Outcome OnWait(Call&);
Outcome OnPrctl(Call&);
Outcome OnClone(Call&);
Outcome OnExit(Call&);
Outcome OnExecve(Call&);
Outcome OnOwnId(Call&);
Outcome OnIds(Call&);

// Arms `wait` on the thread and says so. `deadline` in L.
Outcome Hold(Call& call, WaitKind kind, int64_t deadline = kNever);
// The time left of a poll or select with a time-out, written where the kernel would.
void WriteRemaining(const NodeState& node, const Thread& thread);
// Whether a held thread's call would not block now. Only descriptors, polls and children are probed.
bool IsReady(NodeState& node, Thread& thread);
// Makes the held thread runnable with that result.
void WakeWith(NodeState& node, Thread& thread, int64_t result);
// Makes the held thread runnable to make its call, which cannot block now.
void WakeToRetry(NodeState& node, Thread& thread);
// The thread's deadline came: wakes it with what the call returns then.
void Expire(NodeState& node, Thread& thread);
// Fires what is due at node.now(), in order of (deadline, arming); false if nothing was.
bool FireDue(NodeState& node);
// The earliest deadline of all, kNever for none; and the instant at which the next is due: its lead before it
// (tracee.h, Arming).
int64_t NextDeadline(const NodeState& node);
int64_t NextWake(const NodeState& node);
// The earliest deadline of a timer that sends a signal, which comes to a thread that only reads the clock, too.
int64_t NextSignal(const NodeState& node);
// L moves to `instant`, if that is later.
void PassIdleTime(NodeState& node, int64_t instant);
// L at a step that begins at `instant`: the latest of the deadlines that are due then, if any.
int64_t LatestDue(const NodeState& node, int64_t instant);

// Futexes, for the death of a thread.
int WakeFutex(NodeState& node, const FutexKey& key, int count, uint32_t bitset);
FutexKey KeyOf(NodeState& node, Thread& thread, uint64_t address, bool is_private);
void LeaveFutexQueue(NodeState& node, Thread& thread);
// Notes the futexes that the thread's death will wake, while its memory is there; and wakes one waiter of each.
void NoteLegacy(NodeState& node, Thread& thread);
// The same for all threads of a process, which is about to be killed, and for those that die with it.
void NoteLegacyOf(NodeState& node, const Process& process);
void WakeHeirs(NodeState& node, Thread& thread);

// A read of a timerfd that is due (false: none, or not due).
bool ReadTimerfd(Call& call, Outcome* outcome);
// Before the thread's descriptors are asked about: shows those that came due when they could not be reached.
void ShowTimerfds(NodeState& node, Thread& thread);

// Queues the timer's signal for its process, or for `thread` alone, and lets who takes it run first.
void SendTimerSignal(NodeState& node, const SignalTimer& timer, Thread* thread);
// At the exit of a kill or its like: lets who takes the signal run.
void NoteSignalled(NodeState& node, Thread& sender);
// At the exit of an open that found a file of ours instead of its own.
void RemoveStandIn(const NodeState& node, const Process& process);

// Signals: after `signal` was queued for the process (or for `thread` alone), lets the thread that takes it run
// first, interrupting its wait.
void InterruptFor(NodeState& node, Process& process, int signal, Thread* thread);
// The same for those that the kernel has sent by itself.
void TakeKernelSignals(NodeState& node);
bool IsDeliverable(const Thread& thread, int signal);
// Whether the signal, delivered to the thread, ends its process.
bool IsFatal(const Thread& thread, int signal);
// While the memory of a process is there that a signal is about to end.
void PrepareEnd(NodeState& node, Process& process);
// Whether a signal of the set (bit n-1 for signal n) is pending for the thread or its process.
bool HasPending(const Thread& thread, uint64_t set);
// All of those.
uint64_t PendingOf(const Thread& thread);
// Whether the held wait4 or waitid would return at once.
bool ChildReady(const NodeState& node, const Thread& thread);
// What the end of a process, or of one of its threads, means to its children: a signal, if they have asked for one; and
// who waits for them now.
void LeaveChildren(NodeState& node, const Process& process);
void LeaveChildrenOf(NodeState& node, const Thread& thread);
// Stops and continues, as the node sees them: its threads get no turn meanwhile.
void StopProcess(NodeState& node, Process& process, int signal);
void ContinueProcess(NodeState& node, Process& process);
// At the exit of a wait: the child that was waited for is gone.
void NoteReaped(NodeState& node, const Thread& thread);

// A timer's signal is taken: its overrun count is settled, and told in `info`. False if it is no timer's.
bool SettleOverrun(NodeState& node, siginfo_t* info);
// At the exit of a sigtimedwait: the same, in the memory of the thread.
void NoteSignalTaken(NodeState& node, const Thread& thread);

// A lock or a FIFO that the held thread waits for.
bool RecordLockReady(Thread& thread);
bool FifoReady(const Thread& thread);
// Opening a FIFO, whose descriptor (O_PATH) this is.
Outcome OpenFifo(Call& call, ScopedFd fifo, uint64_t flags);
Outcome WaitForRecordLock(Call& call);

// Sockets: refuses what leads out of the node; gives an unbound one a port, as the kernel would.
std::optional<Outcome> RefuseOutside(Call& call, const char* what, uint64_t address, uint64_t size);
void BindIfUnbound(Call& call, int fd, uint64_t address);

// The register of a call's argument, counted from 0.
unsigned long long* ArgumentSlot(user_regs_struct* regs, size_t slot);

// At the exit of calls that tell of files: what is of the kernel's choosing is replaced in the thread's memory.
void NoteStat(NodeState& node, const Thread& thread);
void NoteStatfs(NodeState& node, const Thread& thread);
void NoteListed(NodeState& node, Thread& thread);
void NoteLinkRead(NodeState& node, Thread& thread);
void NoteMade(NodeState& node, const Thread& thread);
void NoteEventsRead(NodeState& node, Thread& thread);
void NoteResident(const Thread& thread);
void NoteSegment(const Thread& thread);
// Whether the descriptor is one of inotify(7), whose events NoteEventsRead has to see.
bool IsInotify(const NodeState& node, const Process& process, int fd);

// Calls that may fail for lack of memory: they stop where it is limited.
bool IsMemoryCall(uint64_t nr);
// What to do at the exit of a call that was passed to its exit.
void AtCallExit(NodeState& node, Thread& thread);

// After an exec: the auxiliary vector, the vDSO, the instructions of the new program.
void PrepareImage(NodeState& node, Thread& thread);
// Emulates the instruction that the thread was stopped at: a patched one at a SIGILL, one that faults (timestamps.h)
// at a SIGSEGV. False if there is none at that place.
bool EmulateInstruction(NodeState& node, Thread& thread, int signal);
// Patches the new program's vDSO to read the clock page, or hides it: its entry in the auxiliary vector is at `entry`.
void PrepareVdso(NodeState& node, Thread& thread, uint64_t entry, uint64_t image);

}  // namespace gyre
