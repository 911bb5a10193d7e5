// A loop that reads the clock until a deadline ends, because each read adds 1 us.
#include "guest.h"

int main() {
  LeaveStartUp();
  const Ns start = now_ns();
  const Ns end = start + 5 * kMilli;
  int reads = 0;
  while (now_ns() < end) ++reads;
  if (!Native()) CHECK_EQ(reads, 4999);
  say("%d reads", reads);
}
