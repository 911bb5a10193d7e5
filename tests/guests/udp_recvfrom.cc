// UDP on the loopback: recvfrom blocks until a datagram comes; a connect to a closed TCP port fails
// at once.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "guest.h"

int main() {
  const int receiver = MUST(socket(AF_INET, SOCK_DGRAM, 0)),
            sender = MUST(socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  MUST(bind(receiver, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  socklen_t size = sizeof address;
  MUST(getsockname(receiver, reinterpret_cast<sockaddr*>(&address), &size));
  const Ns start = now_ns();
  std::thread other([&] {
    SleepFor(Span(2 * kSecond));
    CHECK_EQ(sendto(sender, "hi", 2, 0, reinterpret_cast<const sockaddr*>(&address), size), 2);
  });
  char bytes[8];
  CHECK_EQ(recvfrom(receiver, bytes, sizeof bytes, 0, nullptr, nullptr), 2);
  say("received after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
  other.join();

  const int client = MUST(socket(AF_INET, SOCK_STREAM, 0));
  address.sin_port = htons(1);
  CHECK_ERRNO(connect(client, reinterpret_cast<const sockaddr*>(&address), size), ECONNREFUSED);
}
