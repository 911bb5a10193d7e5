// Timers: POSIX timers, interval timers, alarm, timerfd. All are recorded here and fire at their virtual deadline.
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/descriptors.h"
#include "sim/host/injected_call.h"

namespace gyre {
namespace {

SignalTimer* FindTimer(NodeState& node, const Process* process, int id) {
  for (SignalTimer& timer : node.signal_timers) {
    if (timer.process == process && timer.id == id) return &timer;
  }
  return nullptr;
}

// A disarmed timer keeps the interval that it was given, and that is where the real one carries the timer's number:
// seconds beyond this. So a copy of the descriptor, a child's or one that was sent is known for the same timer.
constexpr int64_t kMark = 1'000'000'000;

// 0 if it is no timer of ours.
int64_t TimerNumberAt(pid_t pid, int fd) {
  if (!IsNamed(pid, fd, "anon_inode:[timerfd]")) return 0;
  const std::string interval = FieldOf(absl::StrCat("/proc/", pid, "/fdinfo/", fd), "it_interval");  // "(1, 0)"
  const size_t start = interval.find('(');
  const int64_t seconds = start == std::string::npos ? 0 : std::strtoll(interval.c_str() + start + 1, nullptr, 10);
  return std::max<int64_t>(seconds - kMark, 0);
}

DescriptorTimer* FindTimerfd(NodeState& node, Process* process, int fd) {
  const int64_t number = node.descriptor_timers.empty() ? 0 : TimerNumberAt(process->pid, fd);
  for (DescriptorTimer& timer : node.descriptor_timers) {
    if (number == 0 || timer.number != number) continue;
    timer.process = process;
    timer.fd = fd;
    return &timer;
  }
  return nullptr;
}

int64_t Remaining(const NodeState& node, int64_t deadline) {
  return deadline == kNever ? 0 : std::max<int64_t>(deadline - node.now(), 1);
}

itimerspec SpecOf(const NodeState& node, int64_t deadline, int64_t interval) {
  return {ToTimespec(interval), ToTimespec(Remaining(node, deadline))};
}

int64_t DeadlineOf(const NodeState& node, const timespec& value, int clock, bool absolute) {
  const int64_t ns = FromTimespec(value);
  if (ns == 0) return kNever;
  return absolute ? DeadlineAt(node, clock, ns) : DeadlineAfter(node, ns);
}

bool IsValid(const itimerspec& spec) {
  const auto valid = [](const timespec& t) { return t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec < kSecond; };
  return valid(spec.it_value) && valid(spec.it_interval);
}

int64_t FromTimeval(const timeval& time) { return FromTimespec({time.tv_sec, time.tv_usec * 1000}); }
timeval ToTimeval(int64_t ns) { return {ns / kSecond, ns % kSecond / 1000}; }

// The next expiry of a periodic timer after `now`, counting those that were missed.
int64_t Advance(int64_t deadline, int64_t interval, int64_t now, int64_t* missed) {
  *missed = (now - deadline) / interval;
  const int64_t last = deadline + *missed * interval;
  return interval >= kNever - last ? kNever : last + interval;
}

}  // namespace

Outcome OnTimerCreate(Call& call) {
  // struct sigevent as the kernel sees it.
  struct {
    uint64_t value;
    int32_t signal, notify, thread_id, pad[11];
  } event{};
  SignalTimer timer;
  timer.process = call.thread.process;
  timer.id = call.node.next_timer_id++;
  timer.clock = static_cast<int>(call.args[0]);
  timer.of_processor =
      timer.clock < 0 || timer.clock == CLOCK_PROCESS_CPUTIME_ID || timer.clock == CLOCK_THREAD_CPUTIME_ID;
  timer.signal = SIGALRM;
  timer.value = static_cast<uint64_t>(timer.id);
  if (call.args[1] != 0) {
    if (!ReadValue(call.pid(), call.args[1], &event)) return Return(-EFAULT);
    timer.signal = event.notify == SIGEV_NONE ? 0 : event.signal;
    timer.thread_id = event.notify == SIGEV_THREAD_ID ? event.thread_id : 0;
    timer.value = event.value;
  }
  if (!WriteValue(call.pid(), call.args[2], timer.id)) return Return(-EFAULT);
  call.node.signal_timers.push_back(timer);
  return Return(0);
}

Outcome OnTimerSettime(Call& call) {
  SignalTimer* timer = FindTimer(call.node, call.thread.process, static_cast<int>(call.args[0]));
  itimerspec spec;
  if (timer == nullptr) return Return(-EINVAL);
  if (!ReadValue(call.pid(), call.args[2], &spec)) return Return(-EFAULT);
  if (!IsValid(spec)) return Return(-EINVAL);
  if (call.args[3] != 0) WriteValue(call.pid(), call.args[3], SpecOf(call.node, timer->deadline, timer->interval));
  timer->interval = FromTimespec(spec.it_interval);
  timer->deadline = DeadlineOf(call.node, spec.it_value, timer->clock, (call.args[1] & TIMER_ABSTIME) != 0);
  timer->armed = call.node.Arm();
  timer->missed = timer->overrun = 0;
  call.node.SetClockRate();
  return Return(0);
}

Outcome OnTimerGettime(Call& call) {
  const SignalTimer* timer = FindTimer(call.node, call.thread.process, static_cast<int>(call.args[0]));
  if (timer == nullptr) return Return(-EINVAL);
  const itimerspec spec = SpecOf(call.node, timer->deadline, timer->interval);
  return Return(WriteValue(call.pid(), call.args[1], spec) ? 0 : -EFAULT);
}

Outcome OnTimerGetoverrun(Call& call) {
  const SignalTimer* timer = FindTimer(call.node, call.thread.process, static_cast<int>(call.args[0]));
  return Return(timer == nullptr ? -EINVAL : timer->overrun);
}

Outcome OnTimerDelete(Call& call) {
  const SignalTimer* timer = FindTimer(call.node, call.thread.process, static_cast<int>(call.args[0]));
  if (timer == nullptr) return Return(-EINVAL);
  call.node.signal_timers.erase(call.node.signal_timers.begin() + (timer - call.node.signal_timers.data()));
  return Return(0);
}

namespace {

SignalTimer& IntervalTimer(NodeState& node, Process* process, int which) {
  SignalTimer* found = FindTimer(node, process, -1 - which);
  if (found != nullptr) return *found;
  SignalTimer timer;
  timer.process = process;
  timer.id = -1 - which;
  timer.of_processor = which != ITIMER_REAL;
  timer.signal = which == ITIMER_REAL ? SIGALRM : which == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF;
  node.signal_timers.push_back(timer);
  return node.signal_timers.back();
}

itimerval ValueOf(const NodeState& node, const SignalTimer& timer) {
  return {ToTimeval(timer.interval), ToTimeval(std::max<int64_t>(Remaining(node, timer.deadline), 0))};
}

}  // namespace

Outcome OnSetitimer(Call& call) {
  if (call.args[0] > 2) return Return(-EINVAL);
  itimerval value{};
  if (call.args[1] != 0 && !ReadValue(call.pid(), call.args[1], &value)) return Return(-EFAULT);
  SignalTimer& timer = IntervalTimer(call.node, call.thread.process, static_cast<int>(call.args[0]));
  if (call.args[2] != 0) WriteValue(call.pid(), call.args[2], ValueOf(call.node, timer));
  const int64_t first = FromTimeval(value.it_value);
  timer.interval = FromTimeval(value.it_interval);
  timer.deadline = first == 0 ? kNever : DeadlineAfter(call.node, first);
  timer.armed = call.node.Arm();
  call.node.SetClockRate();
  return Return(0);
}

Outcome OnGetitimer(Call& call) {
  if (call.args[0] > 2) return Return(-EINVAL);
  const SignalTimer& timer = IntervalTimer(call.node, call.thread.process, static_cast<int>(call.args[0]));
  return Return(WriteValue(call.pid(), call.args[1], ValueOf(call.node, timer)) ? 0 : -EFAULT);
}

Outcome OnAlarm(Call& call) {
  SignalTimer& timer = IntervalTimer(call.node, call.thread.process, ITIMER_REAL);
  const int64_t left = Remaining(call.node, timer.deadline);
  const int64_t seconds = static_cast<int64_t>(static_cast<uint32_t>(call.args[0]));
  timer.interval = 0;
  timer.deadline = seconds == 0 ? kNever : DeadlineAfter(call.node, seconds * kSecond);
  timer.armed = call.node.Arm();
  call.node.SetClockRate();
  return Return((left + kSecond - 1) / kSecond);
}

namespace {

// Arms the real timer so that it is readable, and waits until it is; or disarms it.
void SetReal(Thread& thread, DescriptorTimer& timer, bool due) {
  const ScopedFd real = BorrowDescriptor(thread, timer.fd);
  timer.unshown = due && !real.valid();
  if (!real.valid()) return;
  itimerspec spec{};
  spec.it_interval.tv_sec = kMark + timer.number;
  spec.it_value.tv_nsec = due ? 1 : 0;
  timerfd_settime(real.get(), 0, &spec, nullptr);
  if (!due) return;
  pollfd entry{real.get(), POLLIN, 0};
  while (poll(&entry, 1, 1000) < 0 && errno == EINTR) {
  }
}

// Where the process has the timer, -1: nowhere.
int DescriptorIn(const Process& process, const DescriptorTimer& timer) {
  if (TimerNumberAt(process.pid, timer.fd) == timer.number) return timer.fd;
  std::set<int> descriptors;
  std::error_code error;
  for (std::filesystem::directory_iterator at(absl::StrCat("/proc/", process.pid, "/fd"), error), end;
       !error && at != end; at.increment(error)) {
    descriptors.insert(std::atoi(at->path().filename().c_str()));
  }
  for (const int fd : descriptors) {
    if (TimerNumberAt(process.pid, fd) == timer.number) return fd;
  }
  return -1;
}

// Looks for a process that has the timer, first where it was seen. False if there is none.
bool Locate(const NodeState& node, DescriptorTimer* timer) {
  std::vector<Process*> processes = {timer->process};
  for (const auto& process : node.processes) processes.push_back(process.get());
  for (Process* process : processes) {
    const int fd = process->alive ? DescriptorIn(*process, *timer) : -1;
    if (fd < 0) continue;
    timer->process = process;
    timer->fd = fd;
    return true;
  }
  return false;
}

}  // namespace

// Made by the thread, for us to write its number into it.
Outcome OnTimerfdCreate(Call& call) {
  const int64_t fd = InjectCall(call.thread, SYS_timerfd_create, {call.args[0], call.args[1]});
  if (fd < 0) return Return(fd);
  DescriptorTimer timer;
  timer.number = ++call.node.timer_numbers;
  timer.process = call.thread.process;
  timer.fd = static_cast<int>(fd);
  timer.clock = static_cast<int>(call.args[0]);
  SetReal(call.thread, timer, false);
  // Those that are closed are forgotten now and then.
  constexpr int64_t kBetween = 64;
  std::vector<DescriptorTimer>& timers = call.node.descriptor_timers;
  if (timer.number % kBetween == 0) {
    std::erase_if(timers, [&](DescriptorTimer& old) { return !Locate(call.node, &old); });
  }
  timers.push_back(timer);
  return Return(fd);
}

Outcome OnTimerfdSettime(Call& call) {
  DescriptorTimer* timer = FindTimerfd(call.node, call.thread.process, static_cast<int>(call.args[0]));
  itimerspec spec;
  if (timer == nullptr) return Pass();  // not a timer: the kernel says what is wrong
  if (!ReadValue(call.pid(), call.args[2], &spec)) return Return(-EFAULT);
  if (!IsValid(spec)) return Return(-EINVAL);
  if (call.args[3] != 0) WriteValue(call.pid(), call.args[3], SpecOf(call.node, timer->deadline, timer->interval));
  timer->interval = FromTimespec(spec.it_interval);
  timer->deadline = DeadlineOf(call.node, spec.it_value, timer->clock, (call.args[1] & TFD_TIMER_ABSTIME) != 0);
  timer->armed = call.node.Arm();
  timer->expirations = 0;
  SetReal(call.thread, *timer, false);
  return Return(0);
}

Outcome OnTimerfdGettime(Call& call) {
  const DescriptorTimer* timer = FindTimerfd(call.node, call.thread.process, static_cast<int>(call.args[0]));
  if (timer == nullptr) return Pass();
  const itimerspec spec = SpecOf(call.node, timer->deadline, timer->interval);
  return Return(WriteValue(call.pid(), call.args[1], spec) ? 0 : -EFAULT);
}

bool ReadTimerfd(Call& call, Outcome* outcome) {
  DescriptorTimer* timer = FindTimerfd(call.node, call.thread.process, static_cast<int>(call.args[0]));
  if (timer == nullptr) return false;
  if (timer->expirations == 0 || call.args[2] < 8) return false;
  const uint64_t count = timer->expirations;
  timer->expirations = 0;
  SetReal(call.thread, *timer, false);
  *outcome = Return(WriteValue(call.pid(), call.args[1], count) ? 8 : -EFAULT);
  return true;
}

namespace {

// Whether the timer's signal still waits to be taken. timer_getoverrun(2): it is not queued twice.
bool IsQueued(const NodeState& node, const SignalTimer& timer) {
  if (!timer.queued) return false;
  for (const auto& thread : node.threads) {
    if (thread->process != timer.process || thread->state == ThreadState::kDead) continue;
    if (HasPending(*thread, uint64_t{1} << (timer.signal - 1))) return true;
  }
  return false;
}

void FireSignal(NodeState& node, SignalTimer& timer) {
  int64_t missed = 0;
  timer.deadline = timer.interval == 0 ? kNever : Advance(timer.deadline, timer.interval, node.now(), &missed);
  if (timer.signal == 0 || !timer.process->alive) return;
  if (timer.id >= 0 && IsQueued(node, timer)) {
    timer.missed += 1 + missed;
    return;
  }
  timer.missed = missed;
  Thread* target = nullptr;
  if (timer.thread_id != 0) {
    for (const auto& thread : node.threads) {
      if (thread->process == timer.process && thread->ns_tid == timer.thread_id &&
          thread->state != ThreadState::kDead) {
        target = thread.get();
      }
    }
    if (target == nullptr) return;
  }
  timer.queued = true;
  SendTimerSignal(node, timer, target);
}

void FireDescriptor(NodeState& node, DescriptorTimer& timer) {
  int64_t missed = 0;
  timer.deadline = timer.interval == 0 ? kNever : Advance(timer.deadline, timer.interval, node.now(), &missed);
  timer.expirations += static_cast<uint64_t>(1 + missed);
  if (!Locate(node, &timer)) {
    timer.deadline = kNever;  // closed
    return;
  }
  // By the hand of one of its threads that stands before a call, if there is one.
  Thread* hand = nullptr;
  for (const auto& thread : node.threads) {
    if (thread->process != timer.process || thread->state == ThreadState::kDead) continue;
    if (hand == nullptr || !hand->at_call) hand = thread.get();
  }
  if (hand != nullptr) SetReal(*hand, timer, true);
  node.probe_needed = true;
}

}  // namespace

void ShowTimerfds(NodeState& node, Thread& thread) {
  for (DescriptorTimer& timer : node.descriptor_timers) {
    if (!timer.unshown) continue;
    const int fd = DescriptorIn(*thread.process, timer);
    if (fd < 0) continue;
    timer.process = thread.process;
    timer.fd = fd;
    SetReal(thread, timer, true);
    ++node.changes;
  }
}

bool SettleOverrun(NodeState& node, siginfo_t* info) {
  if (info->si_code != SI_TIMER) return false;
  for (SignalTimer& timer : node.signal_timers) {
    if (timer.id < 0 || timer.id != info->si_timerid || timer.signal != info->si_signo) continue;
    timer.overrun = timer.missed;
    timer.missed = 0;
    timer.queued = false;
    info->si_overrun = static_cast<int>(timer.overrun);
    return true;
  }
  return false;
}

void NoteSignalTaken(NodeState& node, const Thread& thread) {
  siginfo_t info;
  const uint64_t address = thread.regs.rsi;
  if (static_cast<int64_t>(thread.regs.rax) <= 0 || address == 0) return;
  if (ReadValue(thread.process->pid, address, &info) && SettleOverrun(node, &info)) {
    WriteValue(thread.process->pid, address, info);
  }
}

bool FireDue(NodeState& node) {
  bool fired = false;
  for (;;) {
    // The earliest by (deadline, arming), of threads and timers together.
    Thread* thread_due = nullptr;
    SignalTimer* signal_due = nullptr;
    DescriptorTimer* descriptor_due = nullptr;
    std::pair<int64_t, uint64_t> best{kNever, UINT64_MAX};
    const auto earlier = [&](int64_t deadline, const Arming& armed) {
      if (deadline > node.now() || std::pair(deadline, armed.number) >= best) return false;
      best = {deadline, armed.number};
      thread_due = nullptr;
      signal_due = nullptr;
      descriptor_due = nullptr;
      return true;
    };
    for (const auto& thread : node.threads) {
      if (thread->state == ThreadState::kHeld && earlier(thread->wait.deadline, thread->wait.armed)) {
        thread_due = thread.get();
      }
    }
    for (SignalTimer& timer : node.signal_timers) {
      if (earlier(timer.deadline, timer.armed)) signal_due = &timer;
    }
    for (DescriptorTimer& timer : node.descriptor_timers) {
      if (earlier(timer.deadline, timer.armed)) descriptor_due = &timer;
    }
    if (best.first == kNever) {
      if (fired) node.SetClockRate();
      return fired;
    }
    fired = true;
    if (thread_due != nullptr) Expire(node, *thread_due);
    if (signal_due != nullptr) FireSignal(node, *signal_due);
    if (descriptor_due != nullptr) FireDescriptor(node, *descriptor_due);
  }
}

namespace {

// All deadlines that are set and come by themselves, with their armings.
template <typename Visit>
void ForEachDeadline(const NodeState& node, const Visit& visit) {
  for (const auto& thread : node.threads) {
    const Wait& wait = thread->wait;
    if (thread->state == ThreadState::kHeld && wait.deadline != kNever) visit(wait.deadline, wait.armed);
  }
  for (const SignalTimer& timer : node.signal_timers) {
    if (timer.deadline != kNever && !timer.of_processor) visit(timer.deadline, timer.armed);
  }
  for (const DescriptorTimer& timer : node.descriptor_timers) {
    if (timer.deadline != kNever) visit(timer.deadline, timer.armed);
  }
}

}  // namespace

int64_t NextDeadline(const NodeState& node) {
  int64_t next = kNever;
  ForEachDeadline(node, [&](int64_t deadline, const Arming&) { next = std::min(next, deadline); });
  return next;
}

int64_t NextWake(const NodeState& node) {
  int64_t next = kNever;
  ForEachDeadline(node, [&](int64_t deadline, const Arming& armed) { next = std::min(next, deadline - armed.lead); });
  return next;
}

int64_t NextSignal(const NodeState& node) {
  int64_t next = kNever;
  for (const SignalTimer& timer : node.signal_timers) next = std::min(next, timer.deadline);
  return next;
}

void PassIdleTime(NodeState& node, int64_t instant) {
  const int64_t span = std::max<int64_t>(instant - node.now(), 0);
  node.clock->now += span;
  node.idle_time += span;
  for (SignalTimer& timer : node.signal_timers) {
    if (timer.of_processor && timer.deadline != kNever) timer.deadline += span;
  }
}

int64_t LatestDue(const NodeState& node, int64_t instant) {
  int64_t latest = instant;
  ForEachDeadline(node, [&](int64_t deadline, const Arming& armed) {
    if (deadline - armed.lead <= instant) latest = std::max(latest, deadline);
  });
  return latest;
}

}  // namespace gyre
