// Sockets that share a port (SO_REUSEPORT): which of them gets a connection or a datagram repeats.
#include <poll.h>

#include "loopback.h"

static constexpr int kSockets = 4;

static int Sharing(int type) {
  const int fd = MUST(socket(AF_INET, type, 0));
  const int yes = 1;
  MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes));
  int told = 0;
  socklen_t size = sizeof told;
  MUST(getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &told, &size));
  CHECK_EQ(told, 1);
  const sockaddr_in address = LoopbackAddress(7200);
  MUST(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  if (type == SOCK_STREAM) MUST(listen(fd, 10));
  return fd;
}

static int WhichIsReady(const int (&sockets)[kSockets]) {
  pollfd entries[kSockets];
  for (int i = 0; i < kSockets; ++i) entries[i] = {sockets[i], POLLIN, 0};
  CHECK_EQ(poll(entries, kSockets, -1), 1);
  for (int i = 0; i < kSockets; ++i) {
    if (entries[i].revents != 0) return i;
  }
  return -1;
}

int main() {
  int listeners[kSockets], receivers[kSockets];
  for (int& fd : listeners) fd = Sharing(SOCK_STREAM);
  for (int& fd : receivers) fd = Sharing(SOCK_DGRAM);
  const sockaddr_in address = LoopbackAddress(7200);
  char connections[17] = {}, datagrams[17] = {};
  for (int i = 0; i < 16; ++i) {
    const int client = ConnectTo(7200);
    const int listener = WhichIsReady(listeners);
    MUST(close(MUST(accept(listeners[listener], nullptr, nullptr))));
    MUST(close(client));
    connections[i] = static_cast<char>('0' + listener);

    const int sender = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    MUST(sendto(sender, "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    const int receiver = WhichIsReady(receivers);
    char byte;
    CHECK_EQ(read(receivers[receiver], &byte, 1), 1);
    MUST(close(sender));
    datagrams[i] = static_cast<char>('0' + receiver);
  }
  say("connections to %s, datagrams to %s", connections, datagrams);
}
