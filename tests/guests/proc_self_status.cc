// /proc/self/status: one processor, no tracer to be seen, memory figures that repeat.
#include "proc.h"

int main() {
  bool untraced = false, one_cpu = false;
  for (const std::string& line : Lines(ReadAll("/proc/self/status"))) {
    if (line == "TracerPid:\t0") untraced = true;
    if (line == "Cpus_allowed_list:\t0") one_cpu = true;
    say("%s", line.c_str());
  }
  CHECK(Native() || (untraced && one_cpu));
}
