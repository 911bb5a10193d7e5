// timerfd_gettime, and the old value of settime, tell what is left in virtual time.
#include "timerfd.h"

int main() {
  const int fd = MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
  itimerspec left;
  MUST(timerfd_gettime(fd, &left));
  CHECK_EQ(ToNs(left.it_value), 0);
  const Ns whole = Span(10 * kSecond), part = Span(3 * kSecond);
  Arm(fd, whole, Span(kSecond));
  SleepFor(part);
  MUST(timerfd_gettime(fd, &left));
  CHECK_LE(ToNs(left.it_value), whole - part);
  if (!Native()) CHECK_GT(ToNs(left.it_value), whole - part - kSlack);
  CHECK_EQ(ToNs(left.it_interval), Span(kSecond));
  const itimerspec never = {};
  itimerspec old;
  MUST(timerfd_settime(fd, 0, &never, &old));
  CHECK_LE(ToNs(old.it_value), ToNs(left.it_value));
  if (!Native()) CHECK_GT(ToNs(old.it_value), ToNs(left.it_value) - kSlack);
  SleepFor(whole);
  std::uint64_t none;
  CHECK_ERRNO(read(fd, &none, sizeof none), EAGAIN);
  say("left %lld ns", static_cast<long long>(ToNs(left.it_value)));
}
