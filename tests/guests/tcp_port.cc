// Ports that the kernel picks, on both sides of a loopback connection, repeat.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "guest.h"

static int Port(int fd) {
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  MUST(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size));
  return ntohs(address.sin_port);
}

int main() {
  for (int i = 0; i < 3; ++i) {
    const int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(listen(listener, 1));  // binds to a port of its choice
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(Port(listener)));
    const int client = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    say("listens on %d, connects from %d", Port(listener), Port(client));
  }
}
