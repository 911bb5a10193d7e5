// sched_getaffinity tells of one processor, and sched_setaffinity does not change that.
#include <sched.h>
#include <sys/syscall.h>

#include "guest.h"

int main() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  MUST(sched_getaffinity(0, sizeof cpus, &cpus));
  if (!Native()) {
    CHECK_EQ(CPU_COUNT(&cpus), 1);
    CHECK(CPU_ISSET(0, &cpus));
  }
  MUST(sched_setaffinity(0, sizeof cpus, &cpus));
  CPU_ZERO(&cpus);
  MUST(sched_getaffinity(getpid(), sizeof cpus, &cpus));
  if (!Native()) CHECK_EQ(CPU_COUNT(&cpus), 1);
  CHECK_ERRNO(sched_getaffinity(0, 1, &cpus), EINVAL);
  const long bytes = syscall(SYS_sched_getaffinity, 0, sizeof cpus, &cpus);
  CHECK_GT(bytes, 0);
  CHECK_EQ(bytes % 8, 0);
  say("%ld bytes", bytes);
}
