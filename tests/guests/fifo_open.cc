// Opening a FIFO blocks until the other side opens it too.
#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include "guest.h"

int main() {
  MUST(mkfifo("guest.fifo", 0600));
  const Ns start = now_ns();
  std::thread writer([&] {
    SleepFor(Span(2 * kSecond));
    const int fd = MUST(open("guest.fifo", O_WRONLY));
    SleepFor(Span(kSecond));
    MUST(write(fd, "x", 1));
    MUST(close(fd));
  });
  const int fd = MUST(open("guest.fifo", O_RDONLY));
  const Ns opened = CHECK_ELAPSED(start, Span(2 * kSecond));
  char byte;
  CHECK_EQ(read(fd, &byte, 1), 1);
  CHECK_ELAPSED(start, Span(3 * kSecond));
  writer.join();
  MUST(close(fd));
  CHECK_ERRNO(open("guest.fifo", O_WRONLY | O_NONBLOCK), ENXIO);
  MUST(unlink("guest.fifo"));
  say("opened after %lld ns", static_cast<long long>(opened));
}
