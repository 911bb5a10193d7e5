// Clocks, sleeping, and what would tell of the machine: all virtual.
#include <linux/times.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/process_table.h"

namespace gyre {

int64_t ClockValue(const NodeState& node, int clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
    case CLOCK_REALTIME_ALARM:
      return node.clock->realtime + node.now();
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      return node.clock->monotonic + node.now();
    default:
      // Processor time, of a process or a thread (negative ids too): computing is free, only reads and the like cost.
      return node.now() - node.idle_time;
  }
}

int64_t ClockOffset(const NodeState& node, int clock) { return ClockValue(node, clock) - node.now(); }

int64_t FromTimespec(const timespec& time) {
  if (time.tv_sec > kNever / kSecond - 1) return kNever;
  return time.tv_sec * kSecond + time.tv_nsec;
}

timespec ToTimespec(int64_t ns) { return {ns / kSecond, ns % kSecond}; }

int64_t DeadlineAfter(const NodeState& node, int64_t duration) {
  if (duration >= kNever - node.now()) return kNever;
  return node.now() + std::max<int64_t>(duration, 0);
}

int64_t DeadlineAt(const NodeState& node, int clock, int64_t absolute) {
  return absolute == kNever ? kNever : absolute - ClockOffset(node, clock);
}

void NodeState::SetClockRate() {
  clock->tick = ReadCost();
  clock->limit = slow_clock ? INT64_MIN : clock->tick == kFineTick ? std::min(until, fine_until) : until;
  clock->limit = std::min(clock->limit, NextSignal(*this));
}

void NodeState::TickForRead() {
  clock->now += ReadCost();
  SetClockRate();
}

void NodeState::TickForVainPoll() {
  clock->now += kTick << std::min(vain_polls++ / kPatience, kMostDoublings);
}

void NodeState::AskStdin() {
  asked_stdin = true;
  SetClockRate();
}

Arming NodeState::Arm() {
  const int64_t lead = now() - step_start;
  return {armings++, lead <= free_time ? lead : 0};
}

Outcome OnClockGettime(Call& call) {
  const int clock = static_cast<int>(call.args[0]);
  if (clock >= 16) return Return(-EINVAL);
  call.node.TickForRead();
  const timespec time = ToTimespec(ClockValue(call.node, clock));
  return Return(WriteValue(call.pid(), call.args[1], time) ? 0 : -EFAULT);
}

Outcome OnClockGetres(Call& call) {
  const int clock = static_cast<int>(call.args[0]);
  if (clock >= 16) return Return(-EINVAL);
  if (call.args[1] == 0) return Return(0);
  return Return(WriteValue(call.pid(), call.args[1], timespec{0, 1}) ? 0 : -EFAULT);
}

Outcome OnGettimeofday(Call& call) {
  call.node.TickForRead();
  const int64_t now = ClockValue(call.node, CLOCK_REALTIME);
  const timeval time{now / kSecond, now % kSecond / 1000};
  const struct timezone zone {};
  if (call.args[0] != 0 && !WriteValue(call.pid(), call.args[0], time)) return Return(-EFAULT);
  if (call.args[1] != 0 && !WriteValue(call.pid(), call.args[1], zone)) return Return(-EFAULT);
  return Return(0);
}

Outcome OnTime(Call& call) {
  call.node.TickForRead();
  const int64_t seconds = ClockValue(call.node, CLOCK_REALTIME) / kSecond;
  if (call.args[0] != 0 && !WriteValue(call.pid(), call.args[0], seconds)) return Return(-EFAULT);
  return Return(seconds);
}

Outcome OnTimes(Call& call) {
  call.node.TickForRead();
  constexpr int64_t kClockTick = kSecond / 100;
  const int64_t user = ClockValue(call.node, CLOCK_PROCESS_CPUTIME_ID) / kClockTick;
  const int64_t values[4] = {user, 0, 0, 0};
  if (call.args[0] != 0 && !WriteMemory(call.pid(), call.args[0], values, sizeof values)) return Return(-EFAULT);
  return Return(ClockValue(call.node, CLOCK_MONOTONIC) / kClockTick);
}

namespace {

// A thread's timer slack where it never set one (prctl(2), PR_SET_TIMERSLACK): the kernel ends a sleep up to so much
// later, and on an idle machine it is just so much. Without it a runtime's shortest pauses would end where they end on
// no machine: Go's monitor sleeps for 20 us and counts on it that this is longer than a read whose answer is near. Of
// long sleeps it would change little. A longer one never ends before a shorter one.
constexpr int64_t kTimerSlack = 50'000;

int64_t WithSlack(int64_t span) {
  return span <= 0 || span >= 2 * kTimerSlack ? span : std::max(span, std::min(span + kTimerSlack, 2 * kTimerSlack));
}

Outcome Sleep(Call& call, int64_t deadline) {
  if (deadline <= call.node.now()) {
    call.node.Tick();
    return {Outcome::Kind::kYieldReturn, 0};
  }
  return Hold(call, WaitKind::kSleep, deadline);
}

bool ReadTimespec(Call& call, uint64_t address, timespec* time) {
  return ReadValue(call.pid(), address, time);
}

bool IsValid(const timespec& time) { return time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < kSecond; }

}  // namespace

Outcome OnNanosleep(Call& call) {
  timespec time;
  if (!ReadTimespec(call, call.args[0], &time)) return Return(-EFAULT);
  if (!IsValid(time)) return Return(-EINVAL);
  return Sleep(call, DeadlineAfter(call.node, WithSlack(FromTimespec(time))));
}

Outcome OnClockNanosleep(Call& call) {
  timespec time;
  const int clock = static_cast<int>(call.args[0]);
  if (clock == CLOCK_THREAD_CPUTIME_ID || clock >= 16) return Return(-EINVAL);
  const bool cannot_sleep =
      clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
  if (cannot_sleep) return Return(-EOPNOTSUPP);
  if (!ReadTimespec(call, call.args[2], &time)) return Return(-EFAULT);
  if (!IsValid(time)) return Return(-EINVAL);
  const bool absolute = (call.args[1] & TIMER_ABSTIME) != 0;
  return Sleep(call, absolute ? DeadlineAt(call.node, clock, FromTimespec(time))
                              : DeadlineAfter(call.node, WithSlack(FromTimespec(time))));
}

bool WriteUsage(const Thread& thread, uint64_t address) {
  struct rusage usage {};
  usage.ru_maxrss = 40000;
  return WriteValue(thread.process->pid, address, usage);
}

Outcome OnGetrusage(Call& call) {
  const int who = static_cast<int>(call.args[0]);
  if (who < RUSAGE_CHILDREN || who > RUSAGE_THREAD) return Return(-EINVAL);
  return Return(WriteUsage(call.thread, call.args[1]) ? 0 : -EFAULT);
}

// The kernel would end the process by the machine's count of its time. In the node's, computing takes none.
Outcome OnProcessorLimit(Call& call) {
  const bool both = call.nr == SYS_prlimit64;
  const int id = both ? static_cast<int>(call.args[0]) : 0;
  Process* process = id == 0 ? call.thread.process : FindProcess(call.node, id);
  if (process == nullptr) return Return(-ESRCH);
  const uint64_t to_set = both ? call.args[2] : call.nr == SYS_setrlimit ? call.args[1] : 0;
  const uint64_t to_tell = both ? call.args[3] : call.nr == SYS_getrlimit ? call.args[1] : 0;
  const rlimit before = process->processor_limit;
  rlimit wanted = before;
  if (to_set != 0 && !ReadValue(call.pid(), to_set, &wanted)) return Return(-EFAULT);
  if (wanted.rlim_cur > wanted.rlim_max) return Return(-EINVAL);
  if (wanted.rlim_max > before.rlim_max) return Return(-EPERM);
  process->processor_limit = wanted;
  return Return(to_tell == 0 || WriteValue(call.pid(), to_tell, before) ? 0 : -EFAULT);
}

Outcome OnSysinfo(Call& call) {
  struct sysinfo info {};
  info.uptime = 1000;
  info.totalram = uint64_t{4} << 30;
  info.freeram = uint64_t{2} << 30;
  info.mem_unit = 1;
  info.procs = 10;
  return Return(WriteValue(call.pid(), call.args[0], info) ? 0 : -EFAULT);
}

Outcome OnGetcpu(Call& call) {
  const unsigned zero = 0;
  if (call.args[0] != 0 && !WriteValue(call.pid(), call.args[0], zero)) return Return(-EFAULT);
  if (call.args[1] != 0 && !WriteValue(call.pid(), call.args[1], zero)) return Return(-EFAULT);
  return Return(0);
}

Outcome OnSchedGetaffinity(Call& call) {
  // One processor, whatever core the run is pinned to.
  if (call.args[1] < sizeof(uint64_t)) return Return(-EINVAL);
  const uint64_t mask = 1;
  return Return(WriteValue(call.pid(), call.args[2], mask) ? static_cast<int64_t>(sizeof mask) : -EFAULT);
}

Outcome OnReturnZero(Call&) { return Return(0); }

Outcome OnSchedYield(Call& call) {
  call.node.Tick();
  call.thread.yielded = true;
  return {Outcome::Kind::kYieldReturn, 0};
}

}  // namespace gyre
