#include "sim/host/timestamps.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

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
  for (const auto& thread : node.threads) {
    if (thread->process != &process || thread->state == ThreadState::kDead || thread->timestamps_fault) continue;
    thread->timestamps_fault = thread->at_call && TimestampsCanFault() &&
                               InjectCall(*thread, SYS_prctl, {PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0}) == 0;
    process.timestamps_missed = process.timestamps_missed || !thread->timestamps_fault;
  }
}

std::optional<TrapSite> TimestampAt(const Process& process, uint64_t address) {
  constexpr uint8_t kRdtsc[] = {0x0f, 0x31}, kRdtscp[] = {0x0f, 0x01, 0xf9};
  uint8_t code[sizeof kRdtscp] = {};
  // The shorter one may be the last of its page.
  if (!ReadMemory(process.pid, address, code, sizeof kRdtscp) &&
      !ReadMemory(process.pid, address, code, sizeof kRdtsc)) {
    return std::nullopt;
  }
  TrapSite site{};
  if (std::equal(std::begin(kRdtsc), std::end(kRdtsc), code)) {
    site.kind = TrappedKind::kRdtsc;
    site.length = sizeof kRdtsc;
  } else if (std::equal(std::begin(kRdtscp), std::end(kRdtscp), code)) {
    site.kind = TrappedKind::kRdtscp;
    site.length = sizeof kRdtscp;
  } else {
    return std::nullopt;
  }
  return site;
}

}  // namespace gyre
