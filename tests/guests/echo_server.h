// A stream server and its client, two threads of one guest, over any address family.
#pragma once

#include <sys/socket.h>

#include <thread>

#include "guest.h"

// Binds `address`, then a client connects after 2 s, sends after 1 s more and reads the answer.
inline void CheckListenAccept(const sockaddr* address, socklen_t size) {
  const int listener = MUST(socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  MUST(bind(listener, address, size));
  MUST(listen(listener, 8));
  sockaddr_storage bound = {};
  socklen_t bound_size = sizeof bound;
  MUST(getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &bound_size));

  const Ns start = now_ns();
  std::thread client([&] {
    SleepFor(Span(2 * kSecond));
    const int fd = MUST(socket(address->sa_family, SOCK_STREAM, 0));
    MUST(connect(fd, reinterpret_cast<const sockaddr*>(&bound), bound_size));
    SleepFor(Span(kSecond));
    CHECK_EQ(send(fd, "hello", 5, MSG_NOSIGNAL), 5);
    char bytes[8];
    CHECK_EQ(recv(fd, bytes, 5, MSG_WAITALL), 5);
    CHECK(std::memcmp(bytes, "HELLO", 5) == 0);
    MUST(close(fd));
  });
  const int fd = MUST(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  const Ns accepted = CHECK_ELAPSED(start, Span(2 * kSecond));
  char bytes[8];
  CHECK_EQ(read(fd, bytes, 5), 5);
  const Ns received = CHECK_ELAPSED(start, Span(3 * kSecond));
  for (int i = 0; i < 5; ++i) bytes[i] = static_cast<char>(bytes[i] - 'a' + 'A');
  CHECK_EQ(write(fd, bytes, 5), 5);
  CHECK_EQ(read(fd, bytes, 5), 0);
  client.join();
  say("accepted after %lld ns, received after %lld ns", static_cast<long long>(accepted),
      static_cast<long long>(received));
}
