// eventfd: a read blocks until it is not zero, a write until there is room; semaphore mode; poll.
#include <poll.h>
#include <sys/eventfd.h>

#include <thread>

#include "guest.h"

int main() {
  const int fd = MUST(eventfd(0, 0));
  eventfd_t value;
  Ns start = now_ns();
  std::thread adder([&] {
    SleepFor(Span(2 * kSecond));
    MUST(eventfd_write(fd, 5));
  });
  MUST(eventfd_read(fd, &value));
  CHECK_EQ(value, 5);
  const Ns read_after = CHECK_ELAPSED(start, Span(2 * kSecond));
  adder.join();

  MUST(eventfd_write(fd, 0xfffffffffffffffe));
  pollfd p = {fd, POLLIN | POLLOUT, 0};
  CHECK_EQ(poll(&p, 1, -1), 1);
  CHECK_EQ(p.revents, POLLIN);
  start = now_ns();
  std::thread taker([&] {
    SleepFor(Span(3 * kSecond));
    eventfd_t taken;
    MUST(eventfd_read(fd, &taken));
  });
  MUST(eventfd_write(fd, 1));
  const Ns written_after = CHECK_ELAPSED(start, Span(3 * kSecond));
  taker.join();

  const int semaphore = MUST(eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK));
  for (int i = 0; i < 3; ++i) {
    MUST(eventfd_read(semaphore, &value));
    CHECK_EQ(value, 1);
  }
  CHECK_ERRNO(eventfd_read(semaphore, &value), EAGAIN);
  say("read after %lld ns, written after %lld ns", static_cast<long long>(read_after),
      static_cast<long long>(written_after));
}
