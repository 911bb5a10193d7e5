// futex WAKE_OP changes the second word, wakes waiters of the first, and those of the second if its
// old value passes the test.
#include <thread>

#include "futex.h"

static int first, second;

static void OpenWithWaiters(int op, int old, int changed, long woken) {
  second = old;
  std::thread a([] { CHECK_EQ(Futex(&first, FUTEX_WAIT_PRIVATE, 0), 0); });
  std::thread b([old] { CHECK_EQ(Futex(&second, FUTEX_WAIT_PRIVATE, old), 0); });
  SleepFor(Span(kSecond));
  CHECK_EQ(FutexTwo(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second, op), woken);
  CHECK_EQ(second, changed);
  if (woken == 1) CHECK_EQ(Futex(&second, FUTEX_WAKE_PRIVATE, 1), 1);
  a.join();
  b.join();
}

int main() {
  OpenWithWaiters(FUTEX_OP(FUTEX_OP_SET, 9, FUTEX_OP_CMP_EQ, 4), 4, 9, 2);
  OpenWithWaiters(FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5), 4, 7, 1);
  OpenWithWaiters(FUTEX_OP(FUTEX_OP_OR, 3, FUTEX_OP_CMP_NE, 5), 4, 7, 2);
  OpenWithWaiters(FUTEX_OP(FUTEX_OP_ANDN, 4, FUTEX_OP_CMP_LT, 7), 6, 2, 2);
  OpenWithWaiters(FUTEX_OP(FUTEX_OP_XOR, 5, FUTEX_OP_CMP_GE, 7), 6, 3, 1);
  OpenWithWaiters(FUTEX_OP(FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 4, FUTEX_OP_CMP_GT, 5), 6, 16, 2);
  say("second word ends as %d", second);
}
