// However a program counts processors, it finds one.
#include <sys/sysinfo.h>

#include <thread>

#include "guest.h"

int main() {
  const long online = sysconf(_SC_NPROCESSORS_ONLN), configured = sysconf(_SC_NPROCESSORS_CONF);
  const unsigned hardware = std::thread::hardware_concurrency();
  if (!Native()) {
    CHECK_EQ(online, 1);
    CHECK_EQ(configured, 1);
    CHECK_EQ(hardware, 1);
    CHECK_EQ(get_nprocs(), 1);
  }
  say("%ld %ld %u", online, configured, hardware);
}
