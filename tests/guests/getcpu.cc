// getcpu and sched_getcpu: always processor 0 of node 0.
#include <sched.h>
#include <sys/syscall.h>

#include "guest.h"

int main() {
  unsigned cpu = 99, node = 99;
  MUST(getcpu(&cpu, &node));
  if (!Native()) {
    CHECK_EQ(cpu, 0);
    CHECK_EQ(node, 0);
    CHECK_EQ(sched_getcpu(), 0);
  }
  unsigned raw_cpu = 99, raw_node = 99;
  MUST(syscall(SYS_getcpu, &raw_cpu, &raw_node, nullptr));
  if (!Native()) CHECK_EQ(raw_cpu, cpu);
  CHECK_EQ(raw_node, node);
  say("node %u", node);
}
