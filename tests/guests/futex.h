// The futex call without libc's wrapper, which has none.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>

#include "guest.h"

inline long Futex(int* word, int op, int value, const timespec* timeout = nullptr,
                  int* word2 = nullptr, unsigned value3 = 0) {
  return syscall(SYS_futex, word, op, value, timeout, word2, value3);
}

// The operations that take a second count where others take the timeout.
inline long FutexTwo(int* word, int op, int value, long value2, int* word2, unsigned value3 = 0) {
  return syscall(SYS_futex, word, op, value, value2, word2, value3);
}
