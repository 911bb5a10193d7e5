// Datagrams and packets stay what they are: one call is one message, however large and from however many buffers; and
// a sender is held when the kernel has no more room, not before.
#include <sys/socket.h>
#include <sys/uio.h>

#include <thread>
#include <vector>

#include "guest.h"

static void Exchange(const char* what, int type) {
  int ends[2];
  MUST(socketpair(AF_UNIX, type, 0, ends));
  std::vector<char> data(100000);
  iovec parts[3] = {{data.data(), 3000}, {data.data(), 3000}, {data.data(), 5}};
  CHECK_EQ(writev(ends[0], parts, 3), 6005);
  CHECK_EQ(write(ends[0], data.data(), data.size()), data.size());
  CHECK_EQ(send(ends[0], data.data(), data.size(), 0), data.size());  // no room for it by poll, but by the kernel
  std::vector<char> buffer(200000);
  CHECK_EQ(read(ends[1], buffer.data(), buffer.size()), 6005);
  CHECK_EQ(read(ends[1], buffer.data(), buffer.size()), 100000);
  CHECK_EQ(read(ends[1], buffer.data(), buffer.size()), 100000);

  int count = 0;
  std::thread reader([&] {
    SleepFor(Span(kSecond));
    for (long n; (n = read(ends[1], buffer.data(), buffer.size())) > 1;) ++count;
  });
  for (int i = 0; i < 50; ++i) CHECK_EQ(send(ends[0], data.data(), 50000, 0), 50000);
  CHECK_EQ(send(ends[0], "", 1, 0), 1);
  reader.join();
  say("%s: %d", what, count);
  CHECK_EQ(count, 50);
}

int main() {
  Exchange("datagrams", SOCK_DGRAM);
  Exchange("packets", SOCK_SEQPACKET);
}
