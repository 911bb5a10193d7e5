// The clocks of CPU time never go back, and are the same in each run, dynamic ids too.
#include <pthread.h>

#include "guest.h"

int main() {
  clockid_t of_process, of_thread;
  CHECK_EQ(clock_getcpuclockid(getpid(), &of_process), 0);
  CHECK_EQ(pthread_getcpuclockid(pthread_self(), &of_thread), 0);
  for (const clockid_t clock :
       {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, of_process, of_thread}) {
    const Ns before = now_ns(clock);
    volatile unsigned sum = 0;
    for (unsigned i = 0; i < 1'000'000; ++i) sum = sum + i;
    const Ns after = now_ns(clock);
    CHECK_GE(after, before);
    say("%lld %lld", static_cast<long long>(before), static_cast<long long>(after));
  }
  const std::clock_t ticks = std::clock();
  CHECK_GE(ticks, 0);
  say("clock() %ld", static_cast<long>(ticks));
}
