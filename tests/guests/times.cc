// times: its clock is virtual, 100 ticks a second, and so are the CPU times in it.
#include <sys/times.h>

#include "guest.h"

int main() {
  CHECK_EQ(sysconf(_SC_CLK_TCK), 100);
  tms cpu;
  const clock_t before = times(&cpu);
  SleepFor(Span(3 * kSecond));
  const clock_t after = times(&cpu);
  if (!Native()) CHECK_EQ(after - before, 300);
  CHECK_EQ(cpu.tms_cutime, 0);
  say("%ld ticks, from %ld; user %ld system %ld", after - before, before, cpu.tms_utime,
      cpu.tms_stime);
}
