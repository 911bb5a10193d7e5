// futex WAIT_BITSET: an absolute time on CLOCK_MONOTONIC; one that has passed is ETIMEDOUT at once.
#include <thread>

#include "futex.h"

static constexpr int kWait = FUTEX_WAIT_BITSET_PRIVATE;
static constexpr unsigned kAll = FUTEX_BITSET_MATCH_ANY;

int main() {
  int word = 0;
  const Ns span = Span(kHour);
  Ns start = now_ns();
  timespec until = ToTimespec(now_ns(CLOCK_MONOTONIC) + span);
  CHECK_ERRNO(Futex(&word, kWait, 0, &until, nullptr, kAll), ETIMEDOUT);
  say("timed out after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, span)));
  CHECK_GE(now_ns(CLOCK_MONOTONIC), ToNs(until));

  CHECK_ERRNO(Futex(&word, kWait, 0, &until, nullptr, kAll), ETIMEDOUT);
  CHECK_ERRNO(Futex(&word, kWait, 1, &until, nullptr, kAll), EAGAIN);
  CHECK_ERRNO(Futex(&word, kWait, 0, &until, nullptr, 0), EINVAL);

  until = ToTimespec(now_ns(CLOCK_MONOTONIC) + span);
  start = now_ns();
  std::thread waker([&] {
    SleepFor(Span(2 * kSecond));
    CHECK_EQ(Futex(&word, FUTEX_WAKE_PRIVATE, 1), 1);
  });
  CHECK_EQ(Futex(&word, kWait, 0, &until, nullptr, kAll), 0);
  say("woken after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
  waker.join();
}
