// POSIX message queues: receive blocks and times out on CLOCK_REALTIME; a host without them says
// why.
#include <fcntl.h>
#include <mqueue.h>

#include <thread>

#include "guest.h"

int main() {
  mq_attr attributes = {};
  attributes.mq_maxmsg = 2;
  attributes.mq_msgsize = 16;
  const mqd_t queue = mq_open("/gyre-guest", O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  if (queue == -1) {
    CHECK(errno == ENOSYS || errno == EPERM || errno == EACCES);
    say("refused: %s", strerrorname_np(errno));
    return 0;
  }
  MUST(mq_unlink("/gyre-guest"));
  char bytes[16];
  Ns start = now_ns();
  const timespec until = ToTimespec(now_ns(CLOCK_REALTIME) + Span(3 * kSecond));
  CHECK_ERRNO(mq_timedreceive(queue, bytes, sizeof bytes, nullptr, &until), ETIMEDOUT);
  const Ns expired = CHECK_ELAPSED(start, Span(3 * kSecond));
  start = now_ns();
  std::thread sender([&] {
    SleepFor(Span(2 * kSecond));
    MUST(mq_send(queue, "hi", 3, 0));
  });
  CHECK_EQ(mq_receive(queue, bytes, sizeof bytes, nullptr), 3);
  const Ns woken = CHECK_ELAPSED(start, Span(2 * kSecond));
  sender.join();
  say("expired %lld ns, woken %lld ns", static_cast<long long>(expired),
      static_cast<long long>(woken));
}
