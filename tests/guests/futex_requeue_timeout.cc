// A waiter that was moved to a second word keeps its deadline.
#include <thread>

#include "futex.h"

int main() {
  int first = 0, second = 0;
  const Ns start = now_ns();
  std::thread waiter([&] {
    const timespec timeout = ToTimespec(Span(5 * kSecond));
    CHECK_ERRNO(Futex(&first, FUTEX_WAIT_PRIVATE, 0, &timeout), ETIMEDOUT);
    say("timed out after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(5 * kSecond))));
  });
  SleepFor(Span(kSecond));
  CHECK_EQ(FutexTwo(&first, FUTEX_CMP_REQUEUE_PRIVATE, 0, 1, &second, 0), 1);
  waiter.join();
  CHECK_EQ(Futex(&second, FUTEX_WAKE_PRIVATE, 1), 0);
}
