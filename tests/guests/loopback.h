// TCP connections of a guest with itself.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "guest.h"

inline sockaddr_in LoopbackAddress(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

inline std::uint16_t PortOf(int fd) {
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  MUST(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size));
  return ntohs(address.sin_port);
}

// Bound to the port, 0 for one of the kernel's choice.
inline int ListenOn(std::uint16_t port, int backlog) {
  const int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
  const sockaddr_in address = LoopbackAddress(port);
  MUST(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  MUST(listen(listener, backlog));
  return listener;
}

inline int ConnectTo(std::uint16_t port) {
  const int client = MUST(socket(AF_INET, SOCK_STREAM, 0));
  const sockaddr_in address = LoopbackAddress(port);
  MUST(connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  return client;
}

// Both ends of a new connection.
inline void ConnectedPair(int ends[2]) {
  const int listener = ListenOn(0, 1);
  ends[0] = ConnectTo(PortOf(listener));
  ends[1] = MUST(accept(listener, nullptr, nullptr));
  MUST(close(listener));
}
