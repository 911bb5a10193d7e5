// pthread_mutex_timedlock and clocklock: absolute times on either clock, exact, and locked before.
#include <pthread.h>

#include <thread>

#include "guest.h"

int main() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  CHECK_EQ(pthread_mutex_lock(&mutex), 0);
  CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
    const Ns span = Span(kHour);
    const Ns start = now_ns();
    const timespec until = ToTimespec(now_ns(clock) + span);
    CHECK_EQ(pthread_mutex_clocklock(&mutex, clock, &until), ETIMEDOUT);
    say("clock %d: %lld ns", clock, static_cast<long long>(CHECK_ELAPSED(start, span)));
  }
  const Ns start = now_ns();
  std::thread other([&] {
    const timespec until = ToTimespec(now_ns(CLOCK_REALTIME) + Span(100 * kSecond));
    CHECK_EQ(pthread_mutex_timedlock(&mutex, &until), 0);
    CHECK_ELAPSED(start, Span(2 * kSecond));
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
  });
  SleepFor(Span(2 * kSecond));
  CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
  other.join();
}
