#include "sim/host/watchdog.h"

#include <signal.h>
#include <time.h>

#include <string>

#include "sim/host/remote.h"

namespace gyre {
namespace {

constexpr timespec kMoment{0, 5'000'000};

// Times the limit that a step may take which is not given a processor.
constexpr int64_t kPatience = 6;

void Ignore(int) {}

// Processor time of a process, of all its threads; 0 if it cannot be told.
int64_t ComputedBy(pid_t process) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

Watchdog::Watchdog() : tracer_(pthread_self()) {
  struct sigaction action {};
  action.sa_handler = Ignore;  // without SA_RESTART: its only effect is EINTR
  sigaction(SIGUSR2, &action, nullptr);
  thread_ = std::thread([this] { Loop(); });
}

Watchdog::~Watchdog() {
  stop_.store(true);
  thread_.join();
}

void Watchdog::Loop() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  uint64_t seen = 0;
  while (!stop_.load()) {
    clock_nanosleep(CLOCK_MONOTONIC, 0, &kMoment, nullptr);
    const uint64_t now = waits_.load(std::memory_order_acquire);
    // The same wait as a moment ago.
    if ((now & 1) != 0 && now == seen) pthread_kill(tracer_, SIGUSR2);
    seen = now;
  }
}

Patience::Patience(int64_t limit) : limit_(limit), start_(WallNow()) {}

bool Patience::IsOver(pid_t process, pid_t thread) {
  if (process != process_) {
    process_ = process;
    computed_before_ = ComputedBy(process);
  }
  const int64_t taken = WallNow() - start_;
  if (taken <= limit_) return false;
  return taken > kPatience * limit_ || ComputedBy(process) - computed_before_ > limit_ / 2 ||
         StatusField(process, thread, "State").starts_with('S');
}

int64_t WallNow() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace gyre
