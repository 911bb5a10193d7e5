// futex WAIT with a timeout: relative, exact, ETIMEDOUT; and woken before it.
#include <thread>

#include "futex.h"

int main() {
  int word = 0;
  for (const Ns span : {Ns{0}, Ns{1}, 50 * kMilli, kHour}) {
    const timespec timeout = ToTimespec(Span(span));
    const Ns start = now_ns();
    CHECK_ERRNO(Futex(&word, FUTEX_WAIT_PRIVATE, 0, &timeout), ETIMEDOUT);
    say("timed out after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(span))));
  }
  const timespec bad = {0, 1'000'000'000};
  CHECK_ERRNO(Futex(&word, FUTEX_WAIT_PRIVATE, 0, &bad), EINVAL);

  const timespec timeout = ToTimespec(Span(1000 * kSecond));
  const Ns start = now_ns();
  std::thread waker([&] {
    SleepFor(Span(2 * kSecond));
    CHECK_EQ(Futex(&word, FUTEX_WAKE_PRIVATE, 1), 1);
  });
  CHECK_EQ(Futex(&word, FUTEX_WAIT_PRIVATE, 0, &timeout), 0);
  say("woken after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
  waker.join();
}
