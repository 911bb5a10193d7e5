// pthread_rwlock: readers together, writers alone, time-outs exact.
#include <pthread.h>

#include <thread>

#include "guest.h"

int main() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
  Ns start = now_ns();
  std::thread reader([&] {
    CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
    CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
    for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
      const timespec until = ToTimespec(now_ns(clock) + Span(3 * kSecond));
      CHECK_EQ(pthread_rwlock_clockwrlock(&lock, clock, &until), ETIMEDOUT);
    }
  });
  reader.join();
  const Ns expired = CHECK_ELAPSED(start, 2 * Span(3 * kSecond));

  start = now_ns();
  std::thread writer([&] {
    CHECK_EQ(pthread_rwlock_wrlock(&lock), 0);
    CHECK_ELAPSED(start, Span(2 * kSecond));
    SleepFor(Span(2 * kSecond));
    CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
  });
  SleepFor(Span(2 * kSecond));
  CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
  SleepFor(Span(kSecond));
  CHECK_EQ(pthread_rwlock_tryrdlock(&lock), EBUSY);
  CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
  const Ns read = CHECK_ELAPSED(start, Span(4 * kSecond));
  CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
  writer.join();
  say("expired %lld ns, read after %lld ns", static_cast<long long>(expired),
      static_cast<long long>(read));
}
