#include "sim/host/watchdog.h"

#include <signal.h>
#include <time.h>

namespace gyre {
namespace {

constexpr timespec kMoment{0, 5'000'000};

void Ignore(int) {}

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

int64_t WallNow() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace gyre
