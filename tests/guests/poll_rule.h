// The forms that each call of the poll family has, checked through one function.
#pragma once

#include <thread>

#include "guest.h"

// `wait(fd, timeout)` waits for input on fd, forever when timeout is negative, and returns what the
// call under test returned. Timeouts are whole milliseconds.
template <typename Wait>
void CheckPollRule(const char* name, Wait wait) {
  int ends[2];
  MUST(pipe(ends));
  const Ns long_time = Span(3600 * kSecond);

  Ns start = now_ns();
  CHECK_EQ(wait(ends[0], 0), 0);
  const Ns zero = CHECK_ELAPSED(start, 0);

  start = now_ns();
  CHECK_EQ(wait(ends[0], long_time), 0);
  const Ns expired = CHECK_ELAPSED(start, long_time);

  MUST(write(ends[1], "x", 1));
  for (const Ns timeout : {Ns{0}, long_time, Ns{-1}}) {
    start = now_ns();
    CHECK_EQ(wait(ends[0], timeout), 1);
    if (!Native()) CHECK_ELAPSED(start, 0);
  }
  char byte;
  MUST(read(ends[0], &byte, 1));

  for (const Ns timeout : {Span(1000 * kSecond), Ns{-1}}) {
    start = now_ns();
    std::thread writer([&] {
      SleepFor(Span(3 * kSecond));
      MUST(write(ends[1], "y", 1));
    });
    CHECK_EQ(wait(ends[0], timeout), 1);
    const Ns woken = CHECK_ELAPSED(start, Span(3 * kSecond));
    MUST(read(ends[0], &byte, 1));
    writer.join();
    say("%s %s: woken after %lld ns", name, timeout < 0 ? "forever" : "with timeout",
        static_cast<long long>(woken));
  }
  say("%s: zero timeout %lld ns, expiry %lld ns", name, static_cast<long long>(zero),
      static_cast<long long>(expired));
}
