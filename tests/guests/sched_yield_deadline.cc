// A single thread that yields until a time has come: each yield adds 1 us, so the loop ends.
#include <sched.h>

#include "guest.h"

int main() {
  LeaveStartUp();
  const Ns end = now_ns() + 2 * kMilli;
  int yields = 0;
  while (now_ns() < end) {
    MUST(sched_yield());
    ++yields;
  }
  if (!Native()) CHECK_LE(yields, 1000);
  say("%d yields", yields);
}
