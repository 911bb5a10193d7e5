// A signal ends a sleep with EINTR even with SA_RESTART, and what is left is told; an absolute
// sleep tells nothing.
#include "interrupt.h"

int main() {
  for (const int flags : {0, SA_RESTART}) {
    CatchUsr1(flags);
    const Ns whole = Span(10 * kSecond), part = Span(3 * kSecond);
    timespec left = {};
    InterruptAfter(part, [&] {
      const timespec t = ToTimespec(whole);
      CHECK_ERRNO(nanosleep(&t, &left), EINTR);
    });
    CHECK_LE(ToNs(left), whole - part + kSlack);
    if (!Native()) CHECK_GT(ToNs(left), whole - part - kSlack);
    say("left %lld ns", static_cast<long long>(ToNs(left)));

    InterruptAfter(part, [&] {
      const timespec until = ToTimespec(now_ns() + whole);
      CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr), EINTR);
    });
    InterruptAfter(part, [&] {
      const timespec t = ToTimespec(whole);
      CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left), EINTR);
    });
    CHECK_LE(ToNs(left), whole - part + kSlack);
  }
}
