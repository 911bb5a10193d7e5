// /proc/uptime and /proc/loadavg are virtual: an hour's sleep is an hour, the load is nobody's.
#include "proc.h"

int main() {
  const double before = std::stod(ReadAll("/proc/uptime"));
  SleepFor(Span(kHour));
  const double after = std::stod(ReadAll("/proc/uptime"));
  CHECK(after >= before);
  if (!Native()) {
    CHECK(after - before > 3599.9 && after - before < 3600.1);
    CHECK(std::abs(before - static_cast<double>(now_ns(CLOCK_BOOTTIME) - kHour) / kSecond) < 1);
  }
  double loads[3];
  CHECK_EQ(getloadavg(loads, 3), 3);
  say("uptime %.2f then %.2f, load %.2f, %s", before, after, loads[0],
      ReadAll("/proc/loadavg").c_str());
}
