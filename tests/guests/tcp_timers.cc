// TCP within a node waits for no timer of the kernel: what is written in two parts is there at once, a listener with a
// backlog of one keeps nobody waiting, and the port of a connection that was closed can be bound again.
#include <poll.h>

#include <thread>

#include "loopback.h"

// Requests of two writes each, answered by one: each first half is acknowledged late, and the second waits for that.
static void WriteTwiceThenRead() {
  int ends[2];
  ConnectedPair(ends);
  std::thread server([&] {
    char byte;
    for (int bytes = 1; read(ends[1], &byte, 1) == 1; ++bytes) {
      if (bytes % 20 == 0) MUST(write(ends[1], "k", 1));
    }
  });
  const Ns start = now_ns();
  for (int i = 0; i < 30; ++i) {
    MUST(write(ends[0], "0123456789", 10));
    MUST(write(ends[0], "0123456789", 10));
    pollfd answer = {ends[0], POLLIN, 0};
    if (!Native()) CHECK_EQ(poll(&answer, 1, 5), 1);
    char byte;
    CHECK_EQ(read(ends[0], &byte, 1), 1);
  }
  if (!Native()) CHECK_ELAPSED(start, 0);
  MUST(shutdown(ends[0], SHUT_WR));
  server.join();
}

int main() {
  WriteTwiceThenRead();
  const int crowded = ListenOn(7100, 1);
  const Ns start = now_ns();
  for (int i = 0; i < (Native() ? 2 : 300); ++i) ConnectTo(7100);
  if (!Native()) CHECK_ELAPSED(start, 0);
  MUST(close(crowded));

  int client = ConnectTo(PortOf(ListenOn(7101, 1)));
  MUST(close(client));
  for (int i = 0; i < 3 && !Native(); ++i) {
    const int listener = ListenOn(7102, 1);
    client = ConnectTo(7102);
    const int server = MUST(accept(listener, nullptr, nullptr));
    MUST(close(server));  // the side that closes first keeps the port for a minute
    MUST(close(client));
    MUST(close(listener));
  }
  say("nothing waited");
}
