// A priority-inheriting mutex: FUTEX_LOCK_PI, LOCK_PI2 (monotonic time-outs) and UNLOCK_PI through
// libc.
#include <pthread.h>

#include <thread>

#include "guest.h"

int main() {
  pthread_mutexattr_t attributes;
  CHECK_EQ(pthread_mutexattr_init(&attributes), 0);
  CHECK_EQ(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), 0);
  pthread_mutex_t mutex;
  CHECK_EQ(pthread_mutex_init(&mutex, &attributes), 0);
  CHECK_EQ(pthread_mutex_lock(&mutex), 0);
  std::thread impatient([&] {
    for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
      const Ns start = now_ns();
      const timespec until = ToTimespec(now_ns(clock) + Span(3 * kSecond));
      CHECK_EQ(pthread_mutex_clocklock(&mutex, clock, &until), ETIMEDOUT);
      CHECK_ELAPSED(start, Span(3 * kSecond));
    }
  });
  impatient.join();
  const Ns start = now_ns();
  std::thread patient([&] {
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    say("locked after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(kSecond))));
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
  });
  SleepFor(Span(kSecond));
  CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
  patient.join();
  CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
  CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}
