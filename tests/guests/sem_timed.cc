// POSIX semaphores: wait, post, and timed waits on either clock.
#include <semaphore.h>

#include <thread>

#include "guest.h"

int main() {
  sem_t semaphore;
  MUST(sem_init(&semaphore, 0, 1));
  MUST(sem_wait(&semaphore));
  CHECK_ERRNO(sem_trywait(&semaphore), EAGAIN);
  Ns start = now_ns();
  timespec until = ToTimespec(now_ns(CLOCK_REALTIME) + Span(kHour));
  CHECK_ERRNO(sem_timedwait(&semaphore, &until), ETIMEDOUT);
  until = ToTimespec(now_ns() + Span(3 * kSecond));
  CHECK_ERRNO(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &until), ETIMEDOUT);
  const Ns expired = CHECK_ELAPSED(start, Span(kHour) + Span(3 * kSecond));

  start = now_ns();
  std::thread poster([&] {
    for (int i = 0; i < 3; ++i) {
      SleepFor(Span(kSecond));
      MUST(sem_post(&semaphore));
    }
  });
  for (int i = 0; i < 3; ++i) MUST(sem_wait(&semaphore));
  const Ns woken = CHECK_ELAPSED(start, Span(3 * kSecond));
  poster.join();
  say("expired %lld ns, woken %lld ns", static_cast<long long>(expired),
      static_cast<long long>(woken));
}
