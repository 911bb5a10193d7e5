// poll, select and epoll in all their variants: readiness is asked of the kernel from outside with a time-out of 0,
// and a thread whose descriptors are not ready is held until they are or until its virtual deadline.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/descriptors.h"
#include "sim/host/injected_call.h"

namespace gyre {
namespace {

constexpr uint64_t kMostDescriptors = 65536;

// The wanted descriptors of a poll or select call.
std::vector<pollfd> PollEntries(const Thread& thread) {
  std::vector<pollfd> entries(std::min<uint64_t>(thread.regs.rsi, kMostDescriptors));
  if (!ReadMemory(thread.process->pid, thread.regs.rdi, entries.data(), entries.size() * sizeof(pollfd)))
    entries.clear();
  return entries;
}

std::vector<pollfd> SelectEntries(const Thread& thread) {
  const size_t count = std::min<uint64_t>(thread.regs.rdi, FD_SETSIZE * 64);
  const uint64_t sets[3] = {thread.regs.rsi, thread.regs.rdx, thread.regs.r10};
  const short events[3] = {POLLIN, POLLOUT, POLLPRI};
  std::vector<pollfd> entries;
  for (int kind = 0; kind < 3; ++kind) {
    std::vector<uint8_t> bits((count + 63) / 64 * 8);
    if (sets[kind] == 0 || !ReadMemory(thread.process->pid, sets[kind], bits.data(), (count + 7) / 8)) continue;
    for (size_t fd = 0; fd < count; ++fd) {
      if ((bits[fd / 8] >> (fd % 8)) & 1) entries.push_back({static_cast<int>(fd), events[kind], 0});
    }
  }
  return entries;
}

// Whether the call that is looked at once more was just found ready, and nothing has run since.
bool WasFoundReady(const Call& call, WaitKind kind) {
  return call.thread.wait.kind == kind && call.thread.found_ready_at == call.node.stops;
}

// Asks for the thread, and in the same go for those of its process that wait.
void AskFor(NodeState& node, Thread& thread, std::vector<pollfd> entries) {
  // A signalfd answers each thread as its own signals are.
  if (!node.getfd_denied || thread.process->has_signalfd || IsAnswered(node, *thread.process, entries)) return;
  for (const auto& other : node.threads) {
    const Wait& wait = other->wait;
    if (other->process != thread.process || other->state != ThreadState::kHeld || other.get() == &thread) continue;
    const bool of_one = wait.kind == WaitKind::kDescriptor || wait.kind == WaitKind::kEpoll;
    if (of_one) entries.push_back({wait.fd, wait.events, 0});
    if (wait.kind != WaitKind::kPoll && wait.kind != WaitKind::kSelect) continue;
    for (const pollfd& entry : wait.kind == WaitKind::kPoll ? PollEntries(*other) : SelectEntries(*other)) {
      if (entry.fd >= 0) entries.push_back(entry);
    }
  }
  constexpr size_t kMostTogether = 256;
  if (entries.size() <= kMostTogether) AskTogether(node, thread, entries);
}

bool AnyReady(NodeState& node, Thread& thread, const std::vector<pollfd>& entries) {
  Process& process = *thread.process;
  bool ready = false;
  ShowTimerfds(node, thread);
  if (process.polled_stdin) node.in.FeedOneLine();
  AskFor(node, thread, entries);
  for (const pollfd& entry : entries) {
    if (entry.fd < 0) continue;
    if (!process.polled_stdin && IsStdin(node, thread, entry.fd)) {
      process.polled_stdin = true;
      node.AskStdin();
    }
    if (process.polled_stdin) node.in.FeedOneLine();
    DescriptorFacts facts = Probe(node, thread, entry.fd, entry.events);
    AskSignalfd(thread, entry.fd, &facts);
    if (!facts.open || facts.ready) ready = true;
    if (ready) break;
  }
  return ready;
}

// What the signalfds in the set of an epoll descriptor have for the thread. To be asked before the epoll descriptor is:
// when we poll that, the kernel finds no signal of ours and takes the signalfd off its list of ready ones.
struct EpollSignals {
  bool level = false;  // of those that are told of as long as they are there
  uint64_t edge = 0;   // of those that are told of once: bit n-1 for signal n
};

EpollSignals SignalsInEpoll(Thread& thread, int epoll) {
  EpollSignals signals;
  if (!thread.process->has_signalfd) return signals;
  std::ifstream info(absl::StrCat("/proc/", thread.process->pid, "/fdinfo/", epoll));
  for (std::string line; std::getline(info, line);) {
    int fd = 0;
    unsigned events = 0;
    if (std::sscanf(line.c_str(), "tfd: %d events: %x", &fd, &events) != 2 || (events & EPOLLIN) == 0) continue;
    const uint64_t pending = SignalsAt(thread, fd);
    if ((events & EPOLLET) != 0) {
      signals.edge |= pending;
    } else {
      signals.level = signals.level || pending != 0;
    }
  }
  thread.signals_told &= signals.edge;
  signals.edge &= ~thread.signals_told;
  return signals;
}

// An epoll descriptor is readable when one of its set is ready.
bool EpollReady(NodeState& node, Thread& thread, int fd) {
  ShowTimerfds(node, thread);
  if (thread.process->polled_stdin) node.in.FeedOneLine();
  const EpollSignals signals = SignalsInEpoll(thread, fd);
  if (signals.level || signals.edge != 0) return true;
  AskFor(node, thread, {{fd, POLLIN, 0}});
  const DescriptorFacts facts = Probe(node, thread, fd, POLLIN);
  return !facts.open || facts.ready;
}

// Has the thread ask for what it is told of once, since only the kernel knows whether it was. How many events it got.
int64_t TakeEdgeSignals(Call& call) {
  const uint64_t edge = SignalsInEpoll(call.thread, static_cast<int>(call.args[0])).edge;
  if (edge == 0) return 0;
  call.thread.signals_told |= edge;
  return InjectCall(call.thread, SYS_epoll_wait, {call.args[0], call.args[1], call.args[2], 0});
}

// Whether a signal is pending that the call's own mask lets through: the kernel ends such a wait at once.
bool IsInterrupted(const Call& call) {
  uint64_t address = 0;
  if (call.nr == SYS_ppoll) address = call.args[3];
  if (call.nr == SYS_epoll_pwait || call.nr == SYS_epoll_pwait2) address = call.args[4];
  if (call.nr == SYS_pselect6 && call.args[5] != 0) ReadValue(call.pid(), call.args[5], &address);
  uint64_t mask = 0;
  return address != 0 && ReadValue(call.pid(), address, &mask) && HasPending(call.thread, ~mask);
}

// What a wait call does now: `ready` or a zero time-out lets it through, else it is held.
Outcome PassOrHold(Call& call, WaitKind kind, bool ready, bool zero, int64_t deadline) {
  // Asked again after a wait: the deadline is the one it had.
  if (call.thread.wait.kind == kind) deadline = call.thread.wait.deadline;
  if (!zero && (ready || IsInterrupted(call))) {
    // select and the calls with a timespec leave the time that remains: the virtual one.
    if (call.thread.remaining_at == 0 || deadline == kNever) return Pass();
    call.thread.remaining_until = deadline;
    return PassToExit(call.thread, AtExit::kRemaining);
  }
  if (zero) {
    if (ready) {
      call.node.Tick();
      return Pass();
    }
    call.node.TickForVainPoll();
    return {Outcome::Kind::kYieldPass, 0};
  }
  return Hold(call, kind, deadline);
}

// A time-out given as a timespec; kNever for a null pointer. False if it cannot be read.
bool ReadTimeout(Call& call, uint64_t address, int64_t* timeout) {
  timespec time;
  *timeout = kNever;
  if (address == 0) return true;
  if (!ReadValue(call.pid(), address, &time)) return false;
  *timeout = FromTimespec(time);
  return true;
}

}  // namespace

Outcome OnPoll(Call& call) {
  int64_t timeout = kNever;
  if (call.nr == SYS_poll) {
    const int ms = static_cast<int>(call.args[2]);
    if (ms >= 0) timeout = int64_t{ms} * 1'000'000;
  } else if (!ReadTimeout(call, call.args[2], &timeout)) {
    return Return(-EFAULT);
  }
  call.thread.remaining_at = call.nr == SYS_ppoll ? call.args[2] : 0;
  const bool ready = WasFoundReady(call, WaitKind::kPoll) ||
                     AnyReady(call.node, call.thread, PollEntries(call.thread));
  return PassOrHold(call, WaitKind::kPoll, ready, timeout == 0, DeadlineAfter(call.node, timeout));
}

Outcome OnSelect(Call& call) {
  int64_t timeout = kNever;
  if (call.nr == SYS_select) {
    timeval time;
    if (call.args[4] != 0) {
      if (!ReadValue(call.pid(), call.args[4], &time)) return Return(-EFAULT);
      timeout = FromTimespec({time.tv_sec + time.tv_usec / 1000000, time.tv_usec % 1000000 * 1000});
    }
  } else if (!ReadTimeout(call, call.args[4], &timeout)) {
    return Return(-EFAULT);
  }
  call.thread.remaining_at = call.args[4];
  const bool ready = WasFoundReady(call, WaitKind::kSelect) ||
                     AnyReady(call.node, call.thread, SelectEntries(call.thread));
  return PassOrHold(call, WaitKind::kSelect, ready, timeout == 0, DeadlineAfter(call.node, timeout));
}

Outcome OnEpollWait(Call& call) {
  int64_t timeout = kNever;
  if (call.nr == SYS_epoll_pwait2) {
    if (!ReadTimeout(call, call.args[3], &timeout)) return Return(-EFAULT);
  } else if (static_cast<int>(call.args[3]) >= 0) {
    timeout = int64_t{static_cast<int>(call.args[3])} * 1'000'000;
  }
  call.thread.remaining_at = 0;
  if (static_cast<int>(call.args[2]) <= 0) return Pass();  // EINVAL
  if (const int64_t count = TakeEdgeSignals(call); count > 0) return Return(count);
  const bool ready = WasFoundReady(call, WaitKind::kEpoll) ||
                     EpollReady(call.node, call.thread, static_cast<int>(call.args[0]));
  const Outcome outcome = PassOrHold(call, WaitKind::kEpoll, ready, timeout == 0, DeadlineAfter(call.node, timeout));
  if (outcome.kind == Outcome::Kind::kHold) {
    call.thread.wait.fd = static_cast<int>(call.args[0]);
    call.thread.wait.events = POLLIN;
  }
  return outcome;
}

Outcome OnEpollCtl(Call& call) {
  if (call.args[1] != EPOLL_CTL_DEL && IsStdin(call.node, call.thread, static_cast<int>(call.args[2]))) {
    call.thread.process->polled_stdin = true;
    call.node.AskStdin();
  }
  call.node.probe_needed = true;
  return Pass();
}

bool IsReady(NodeState& node, Thread& thread) {
  switch (thread.wait.kind) {
    case WaitKind::kPoll:
      return AnyReady(node, thread, PollEntries(thread));
    case WaitKind::kSelect:
      return AnyReady(node, thread, SelectEntries(thread));
    case WaitKind::kEpoll:
      return EpollReady(node, thread, thread.wait.fd);
    case WaitKind::kDescriptor: {
      if (IsStdin(node, thread, thread.wait.fd)) return node.in.waiting();
      ShowTimerfds(node, thread);
      AskFor(node, thread, {{thread.wait.fd, thread.wait.events, 0}});
      DescriptorFacts facts = Probe(node, thread, thread.wait.fd, thread.wait.events);
      AskSignalfd(thread, thread.wait.fd, &facts);
      return !facts.open || facts.ready;
    }
    case WaitKind::kFlock: {
      const ScopedFd borrowed = BorrowDescriptor(thread, thread.wait.fd);
      return !borrowed.valid() || flock(borrowed.get(), thread.wait.events | LOCK_NB) == 0;
    }
    case WaitKind::kFifo:
      return FifoReady(thread);
    case WaitKind::kRecordLock:
      return RecordLockReady(thread);
    case WaitKind::kChild:
      return ChildReady(node, thread);
    case WaitKind::kSignalWait:
      return HasPending(thread, thread.wait.signals);
    default:
      return false;
  }
}

void WriteRemaining(const NodeState& node, const Thread& thread) {
  if (thread.remaining_at == 0) return;
  const int64_t left = std::max<int64_t>(thread.remaining_until - node.now(), 0);
  if (thread.regs.orig_rax == SYS_select) {
    WriteValue(thread.process->pid, thread.remaining_at, timeval{left / kSecond, left % kSecond / 1000});
  } else {
    WriteValue(thread.process->pid, thread.remaining_at, ToTimespec(left));
  }
}

namespace {

// Results of a wait that timed out: no descriptor is ready.
void ClearResults(const NodeState& node, Thread& thread) {
  const pid_t pid = thread.process->pid;
  const user_regs_struct& regs = thread.regs;
  thread.remaining_until = thread.wait.deadline;
  WriteRemaining(node, thread);
  if (thread.wait.kind == WaitKind::kPoll) {
    const short none = 0;
    for (uint64_t i = 0; i < std::min<uint64_t>(regs.rsi, kMostDescriptors); ++i) {
      WriteValue(pid, regs.rdi + i * sizeof(pollfd) + offsetof(pollfd, revents), none);
    }
  } else if (thread.wait.kind == WaitKind::kSelect) {
    const std::vector<uint8_t> zeros((std::min<uint64_t>(regs.rdi, kMostDescriptors) + 7) / 8);
    for (const uint64_t set : {regs.rsi, regs.rdx, regs.r10}) {
      if (set != 0) WriteMemory(pid, set, zeros.data(), zeros.size());
    }
  }
}

}  // namespace

Outcome Hold(Call& call, WaitKind kind, int64_t deadline) {
  call.thread.wait = Wait();
  call.thread.wait.kind = kind;
  call.thread.wait.deadline = deadline;
  call.thread.wait.armed = call.node.Arm();
  return {Outcome::Kind::kHold, 0};
}

void WakeWith(NodeState& node, Thread& thread, int64_t result) {
  thread.state = ThreadState::kRunnable;
  thread.resume = Resume::kReturn;
  thread.ret = result;
  thread.wait = Wait();
  node.run_queue.push_back(&thread);
}

void WakeToRetry(NodeState& node, Thread& thread) {
  thread.state = ThreadState::kRunnable;
  thread.resume = Resume::kRecheck;
  node.run_queue.push_back(&thread);
}

void Expire(NodeState& node, Thread& thread) {
  int64_t result = 0;
  switch (thread.wait.kind) {
    case WaitKind::kFutex:
      LeaveFutexQueue(node, thread);
      result = -ETIMEDOUT;
      break;
    case WaitKind::kSignalWait:
      result = -EAGAIN;
      break;
    case WaitKind::kDescriptor:
      result = thread.moved > 0 ? static_cast<int64_t>(thread.moved) : -EAGAIN;
      break;
    case WaitKind::kPoll:
    case WaitKind::kSelect:
      ClearResults(node, thread);
      break;
    default:
      break;
  }
  WakeWith(node, thread, result);
}

}  // namespace gyre
