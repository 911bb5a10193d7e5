#include "sim/host/timestamps.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "sim/host/clocks.h"
#include "sim/host/injected_call.h"
#include "sim/host/remote.h"

namespace gyre {
namespace {

bool TryFault() {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, [](int) { _exit(1); });
    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0) __builtin_ia32_rdtsc();
    _exit(0);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

}  // namespace

bool TimestampsCanFault() {
  static const bool can = TryFault();
  return can;
}

void TrapTimestamps(NodeState& node, Process& process) {
  process.timestamps_fault = !process.timestamps_missed;
  for (const auto& thread : node.threads) {
    if (thread->process != &process || thread->state == ThreadState::kDead || thread->timestamps_fault) continue;
    thread->timestamps_fault = thread->at_call && TimestampsCanFault() &&
                               InjectCall(*thread, SYS_prctl, {PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0}) == 0;
    if (thread->timestamps_fault) continue;
    process.timestamps_missed = true;
    process.timestamps_fault = false;
  }
}

void StoreTimestamp(NodeState& node, user_regs_struct* regs) {
  node.TickForRead();
  const uint64_t stamp = static_cast<uint64_t>(ClockValue(node, CLOCK_MONOTONIC)) * 2;
  regs->rax = stamp & 0xffffffff;
  regs->rdx = stamp >> 32;
}

bool EmulateTimestamp(NodeState& node, Thread& thread) {
  constexpr uint8_t kRdtsc[] = {0x0f, 0x31}, kRdtscp[] = {0x0f, 0x01, 0xf9};
  uint8_t code[sizeof kRdtscp] = {};
  user_regs_struct& regs = thread.regs;
  // The shorter one may be the last of its page.
  if (!ReadMemory(thread.process->pid, regs.rip, code, sizeof code) &&
      !ReadMemory(thread.process->pid, regs.rip, code, sizeof kRdtsc)) {
    return false;
  }
  if (std::equal(std::begin(kRdtsc), std::end(kRdtsc), code)) {
    regs.rip += sizeof kRdtsc;
  } else if (std::equal(std::begin(kRdtscp), std::end(kRdtscp), code)) {
    regs.rip += sizeof kRdtscp;
    regs.rcx = 0;  // processor 0
  } else {
    return false;
  }
  StoreTimestamp(node, &regs);
  regs.orig_rax = static_cast<uint64_t>(-1);
  return SetRegisters(thread.tid, regs);
}

}  // namespace gyre
