// /proc/stat: boot time, counters and all repeat; boot time fits CLOCK_REALTIME less
// CLOCK_BOOTTIME.
#include "proc.h"

int main() {
  const Ns boot = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME);
  bool found = false;
  for (const std::string& line : Lines(ReadAll("/proc/stat"))) {
    say("%.4000s", line.c_str());
    if (line.rfind("btime ", 0) != 0) continue;
    found = true;
    CHECK_LE(std::abs(std::stoll(line.substr(6)) - boot / kSecond), 1);
  }
  CHECK(found);
}
