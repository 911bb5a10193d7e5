// A signal of a timer comes on time to a thread that does nothing but read the clock until then, and to another one
// of its process that waits meanwhile.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <thread>

#include "guest.h"

static volatile sig_atomic_t taker = 0;

static int Self() { return static_cast<int>(syscall(SYS_gettid)); }

static void Arm() {
  const Ns span = 100 * kMilli;
  const itimerval times = {{0, 0}, {0, span / kMicro}};
  taker = 0;
  MUST(setitimer(ITIMER_REAL, &times, nullptr));
}

static void SpinUntilTaken(Ns start) {
  while (taker == 0) now_ns();
  CHECK_ELAPSED(start, 100 * kMilli);
}

int main() {
  LeaveStartUp();
  struct sigaction action = {};
  action.sa_handler = [](int) { taker = Self(); };
  MUST(sigaction(SIGALRM, &action, nullptr));
  Ns start = now_ns();
  Arm();
  SpinUntilTaken(start);
  CHECK_EQ(taker, getpid());

  int waiter = 0;
  std::thread other([&] {
    waiter = Self();
    CHECK_EQ(pause(), -1);
  });
  SleepFor(Span(kSecond));
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &alarm, nullptr), 0);
  start = now_ns();
  Arm();
  SpinUntilTaken(start);
  other.join();
  CHECK_EQ(taker, waiter);
  say("both on time");
}
