// Watchdog: the only use of wall time. While the tracer waits for a thread that runs longer than a moment, it is
// interrupted now and then, to drain a stdout that has filled its pipe and to end a step that never ends.
// Whatever it does happens at the same place in the run however often it is woken.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include <pthread.h>
#include <sys/types.h>

namespace gyre {

class Watchdog {
 public:
  // Interrupts the constructing thread with SIGUSR2 (waitpid returns EINTR).
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // The tracer is about to wait, or has done so.
  void BeginWait() { waits_.store(++count_ * 2 + 1, std::memory_order_release); }
  void EndWait() { waits_.store(count_ * 2, std::memory_order_release); }

 private:
  void Loop();

  pthread_t tracer_;
  uint64_t count_ = 0;
  std::atomic<uint64_t> waits_{0};  // odd while waiting
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// How long a step may take by the wall clock, in ns. A machine that has other work to do may take long over a step that
// is soon done. So when `limit` is over the step is only if its process has computed for half of it, or its thread
// sleeps; and in any case after six times the limit.
class Patience {
 public:
  explicit Patience(int64_t limit);
  // Of the process and thread that run now.
  bool IsOver(pid_t process, pid_t thread);

 private:
  const int64_t limit_;
  const int64_t start_;
  pid_t process_ = 0;
  int64_t computed_before_ = 0;  // by that process when it was asked about first
};

// Wall time in ns, for the watchdog only.
int64_t WallNow();

}  // namespace gyre
