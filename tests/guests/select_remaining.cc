// select and ppoll (as system calls) write back the time that is left, and it is virtual.
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include <thread>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe(ends));
  const Ns whole = Span(10 * kSecond), part = Span(3 * kSecond);
  std::thread writer([&] {
    SleepFor(part);
    MUST(write(ends[1], "x", 1));
  });
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(ends[0], &readable);
  timeval t = {whole / kSecond, whole % kSecond / kMicro};
  CHECK_EQ(select(ends[0] + 1, &readable, nullptr, nullptr, &t), 1);
  writer.join();
  const Ns left = t.tv_sec * kSecond + t.tv_usec * kMicro;
  CHECK_LE(left, whole - part);
  if (!Native()) CHECK_GT(left, whole - part - kSlack);

  timespec unused = ToTimespec(whole);
  pollfd p = {ends[0], POLLIN, 0};
  CHECK_EQ(syscall(SYS_ppoll, &p, 1, &unused, nullptr, 8), 1);
  CHECK_LE(ToNs(unused), whole);
  CHECK_GT(ToNs(unused), whole - kSecond);

  FD_ZERO(&readable);
  t = {part / kSecond, part % kSecond / kMicro};
  CHECK_EQ(select(0, &readable, nullptr, nullptr, &t), 0);
  CHECK_EQ(t.tv_sec, 0);
  CHECK_EQ(t.tv_usec, 0);
  say("left %lld and %lld ns", static_cast<long long>(left), static_cast<long long>(ToNs(unused)));
}
