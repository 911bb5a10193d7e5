// sysinfo: constants; the uptime follows the virtual clock, or stands still.
#include <sys/sysinfo.h>

#include "guest.h"

int main() {
  struct sysinfo before, after;
  MUST(sysinfo(&before));
  SleepFor(Span(kHour));
  MUST(sysinfo(&after));
  CHECK_GT(after.totalram, 0u);
  CHECK_LE(after.uptime - before.uptime, 3600);
  if (!Native()) CHECK_EQ(after.freeram, before.freeram);
  say("uptime %ld then %ld, ram %lu free %lu swap %lu procs %u load %lu unit %u", before.uptime,
      after.uptime, after.totalram, after.freeram, after.totalswap, after.procs, after.loads[0],
      after.mem_unit);
}
