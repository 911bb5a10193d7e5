// futex REQUEUE wakes some and moves others to a second word; CMP_REQUEUE does so only if the first
// word still has its value.
#include <thread>
#include <vector>

#include "futex.h"

static int first, second;

// `op` must wake 1 and move 2 of four waiters (both calls return the sum, whatever the manual
// says); each is then found where it should be.
static void WakeOneMoveTwo(int op, unsigned expected) {
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i)
    waiters.emplace_back([] { CHECK_EQ(Futex(&first, FUTEX_WAIT_PRIVATE, 0), 0); });
  SleepFor(Span(kSecond));
  CHECK_EQ(FutexTwo(&first, op, 1, 2, &second, expected), 3);
  CHECK_EQ(Futex(&second, FUTEX_WAKE_PRIVATE, 100), 2);
  CHECK_EQ(Futex(&first, FUTEX_WAKE_PRIVATE, 100), 1);
  for (std::thread& t : waiters) t.join();
}

int main() {
  const Ns start = now_ns();
  WakeOneMoveTwo(FUTEX_REQUEUE_PRIVATE, 0);
  WakeOneMoveTwo(FUTEX_CMP_REQUEUE_PRIVATE, 0);
  CHECK_ERRNO(FutexTwo(&first, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &second, 5), EAGAIN);
  say("done after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
}
