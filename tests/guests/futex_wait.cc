// futex WAIT and WAKE: a changed word is EAGAIN, WAKE tells how many it woke, a waiter sleeps until
// then.
#include <thread>

#include "futex.h"

int main() {
  int word = 1;
  CHECK_ERRNO(Futex(&word, FUTEX_WAIT_PRIVATE, 0), EAGAIN);
  CHECK_EQ(Futex(&word, FUTEX_WAKE_PRIVATE, 1), 0);
  const Ns start = now_ns();
  std::thread waker([&] {
    SleepFor(Span(3 * kSecond));
    __atomic_store_n(&word, 2, __ATOMIC_SEQ_CST);
    CHECK_EQ(Futex(&word, FUTEX_WAKE_PRIVATE, 100), 1);
  });
  CHECK_EQ(Futex(&word, FUTEX_WAIT_PRIVATE, 1), 0);
  CHECK_EQ(__atomic_load_n(&word, __ATOMIC_SEQ_CST), 2);
  const Ns elapsed = CHECK_ELAPSED(start, Span(3 * kSecond));
  waker.join();
  CHECK_ERRNO(Futex(reinterpret_cast<int*>(8), FUTEX_WAIT_PRIVATE, 0), EFAULT);
  say("woken after %lld ns", static_cast<long long>(elapsed));
}
