// Arming and reading a timerfd.
#pragma once

#include <sys/timerfd.h>

#include "guest.h"

inline void Arm(int fd, Ns first, Ns interval = 0, int flags = 0) {
  const itimerspec times = {ToTimespec(interval), ToTimespec(first)};
  MUST(timerfd_settime(fd, flags, &times, nullptr));
}

// How often it has expired since the last read; waits for the first.
inline std::uint64_t Expirations(int fd) {
  std::uint64_t count = 0;
  CHECK_EQ(MUST(read(fd, &count, sizeof count)), sizeof count);
  return count;
}
