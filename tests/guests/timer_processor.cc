// Timers of processor time (setitimer's PROF and VIRTUAL, timer_create on CPU clocks) do not count while a program
// sleeps, and interrupt no sleep; they fire in one that works, if only by reading the clock.
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "guest.h"

static volatile sig_atomic_t signals = 0;

static timer_t TimerOf(clockid_t clock, int signal) {
  timer_t timer;
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = signal;
  MUST(timer_create(clock, &event, &timer));
  return timer;
}

static void Arm(timer_t timer, Ns span) {
  const itimerspec times = {ToTimespec(span), ToTimespec(span)};
  MUST(timer_settime(timer, 0, &times, nullptr));
}

static void ArmInterval(__itimer_which which, Ns span) {
  const timeval time = {span / kSecond, span % kSecond / kMicro};
  const itimerval times = {time, time};
  MUST(setitimer(which, &times, nullptr));
}

int main() {
  LeaveStartUp();
  struct sigaction action = {};
  action.sa_handler = [](int) { signals = signals + 1; };
  for (const int signal : {SIGPROF, SIGVTALRM, SIGUSR1, SIGUSR2}) MUST(sigaction(signal, &action, nullptr));
  clockid_t of_thread;
  CHECK_EQ(pthread_getcpuclockid(pthread_self(), &of_thread), 0);
  const Ns span = 10 * kMilli;
  const timer_t process = TimerOf(CLOCK_PROCESS_CPUTIME_ID, SIGUSR1), thread = TimerOf(of_thread, SIGUSR2);
  for (const timer_t timer : {process, thread}) Arm(timer, span);
  for (const __itimer_which which : {ITIMER_PROF, ITIMER_VIRTUAL}) ArmInterval(which, span);
  const Ns before = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  for (int i = 0; i < 10; ++i) SleepFor(Span(kHour / 10));
  CHECK_EQ(signals, 0);
  const Ns used = now_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
  CHECK_LT(used, kMilli);

  const Ns start = now_ns();
  while (signals < 8) now_ns();
  const Ns elapsed = now_ns() - start;
  if (!Native()) CHECK_LT(elapsed, 25 * kMilli);
  for (const timer_t timer : {process, thread}) MUST(timer_delete(timer));
  for (const __itimer_which which : {ITIMER_PROF, ITIMER_VIRTUAL}) ArmInterval(which, 0);
  if (!Native()) {
    say("%d signals after %lld us, %lld us used", signals, static_cast<long long>(elapsed / kMicro),
        static_cast<long long>(used / kMicro));
  }
  say("done");
}
