// An epoll descriptor inside another, two threads that wait on one epoll, and a descriptor added
// while a thread already waits.
#include <sys/epoll.h>

#include <thread>

#include "guest.h"

static void Add(int epoll, int fd, std::uint32_t events) {
  epoll_event event = {events, {.fd = fd}};
  MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

int main() {
  const int inner = MUST(epoll_create1(0)), outer = MUST(epoll_create1(0));
  int ends[2];
  MUST(pipe(ends));
  Add(outer, inner, EPOLLIN);

  const Ns start = now_ns();
  int reads = 0;
  auto take_one = [&] {
    epoll_event event;
    CHECK_EQ(epoll_wait(outer, &event, 1, -1), 1);
    CHECK_EQ(event.data.fd, inner);
    char byte;
    CHECK_EQ(read(ends[0], &byte, 1), 1);  // the second taker may block here until a second byte
    __atomic_add_fetch(&reads, 1, __ATOMIC_SEQ_CST);
  };
  std::thread a(take_one), b(take_one);
  SleepFor(Span(kSecond));
  MUST(write(ends[1], "x", 1));
  Add(inner, ends[0], EPOLLIN);  // readiness comes by this call, not by the write
  SleepFor(Span(kSecond));
  CHECK_EQ(__atomic_load_n(&reads, __ATOMIC_SEQ_CST), 1);
  MUST(write(ends[1], "y", 1));
  a.join();
  b.join();
  CHECK_EQ(reads, 2);
  say("both after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
}
