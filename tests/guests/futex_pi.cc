// futex LOCK_PI, TRYLOCK_PI, UNLOCK_PI: the word holds the owner's tid, and goes to the next
// waiter.
#include <thread>

#include "futex.h"

static int Tid() { return static_cast<int>(syscall(SYS_gettid)); }

int main() {
  int word = 0;
  CHECK_EQ(Futex(&word, FUTEX_LOCK_PI_PRIVATE, 0), 0);
  CHECK_EQ(word & FUTEX_TID_MASK, Tid());
  CHECK_ERRNO(Futex(&word, FUTEX_LOCK_PI_PRIVATE, 0), EDEADLK);
  const Ns start = now_ns();
  std::thread impatient([&] {
    CHECK_ERRNO(Futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0), EAGAIN);
    const timespec until = ToTimespec(now_ns(CLOCK_REALTIME) + Span(kSecond));
    CHECK_ERRNO(Futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, &until), ETIMEDOUT);
    CHECK_ERRNO(Futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0), EPERM);
  });
  impatient.join();
  CHECK_ELAPSED(start, Span(kSecond));
  std::thread patient([&] {
    CHECK_EQ(Futex(&word, FUTEX_LOCK_PI_PRIVATE, 0), 0);
    CHECK_EQ(word & FUTEX_TID_MASK, Tid());
    say("locked after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(3 * kSecond))));
    CHECK_EQ(Futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0), 0);
  });
  SleepFor(Span(3 * kSecond) - Span(kSecond));
  CHECK_EQ(Futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0), 0);
  patient.join();
  CHECK_EQ(word & FUTEX_TID_MASK, 0);
}
