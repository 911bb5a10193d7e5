// What options of sockets tell of the kernel's clock, processors and counts repeats, or cannot be had; those that would
// have it wait by its own clock are taken and do nothing.
#include <linux/tcp.h>

#include "loopback.h"

static void Set(int fd, int level, int name, int value) { MUST(setsockopt(fd, level, name, &value, sizeof value)); }

int main() {
  int ends[2];
  ConnectedPair(ends);
  for (int i = 0; i < 20; ++i) {
    char byte;
    MUST(write(ends[i % 2], "x", 1));
    CHECK_EQ(read(ends[1 - i % 2], &byte, 1), 1);
  }
  tcp_info info = {};
  socklen_t size = sizeof info;
  MUST(getsockopt(ends[0], IPPROTO_TCP, TCP_INFO, &info, &size));
  CHECK_EQ(info.tcpi_state, 1);  // TCP_ESTABLISHED
  CHECK_GE(size, 104u);
  say("round trip %u +- %u, last sent %u, congestion window %u", info.tcpi_rtt, info.tcpi_rttvar,
      info.tcpi_last_data_sent, info.tcpi_snd_cwnd);
  std::uint64_t cookies[2];
  for (int i = 0; i < 2; ++i) {
    size = sizeof cookies[i];
    MUST(getsockopt(ends[i], SOL_SOCKET, SO_COOKIE, &cookies[i], &size));
  }
  CHECK_NE(cookies[0], cookies[1]);
  int processor = -1;
  size = sizeof processor;
  MUST(getsockopt(ends[0], SOL_SOCKET, SO_INCOMING_CPU, &processor, &size));
  say("cookies %llu %llu, processor %d", static_cast<unsigned long long>(cookies[0]),
      static_cast<unsigned long long>(cookies[1]), processor);
  if (!Native()) {
    const int yes = 1;
    for (const int name : {SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING}) {
      CHECK_ERRNO(setsockopt(ends[0], SOL_SOCKET, name, &yes, sizeof yes), ENOPROTOOPT);
    }
  }

  Set(ends[0], IPPROTO_TCP, TCP_CORK, 1);
  MUST(write(ends[0], "corked", 6));
  if (Native()) Set(ends[0], IPPROTO_TCP, TCP_CORK, 0);
  char bytes[10];
  CHECK_EQ(read(ends[1], bytes, sizeof bytes), 6);
  const int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
  Set(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 10);
  MUST(listen(listener, 5));
  const linger wait = {1, 5};
  MUST(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &wait, sizeof wait));
  const int client = ConnectTo(PortOf(listener));
  if (Native()) MUST(write(client, "x", 1));
  MUST(accept(listener, nullptr, nullptr));
  say("neither waited");
}
