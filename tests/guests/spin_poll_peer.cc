// A thread polls with timeout 0, or reads with O_NONBLOCK, until a runnable peer writes: an empty
// poll lets others run.
#include <fcntl.h>
#include <poll.h>

#include <thread>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe2(ends, O_NONBLOCK));
  auto write_one = [&] { MUST(write(ends[1], "x", 1)); };
  char byte;

  std::thread peer(write_one);
  pollfd p = {ends[0], POLLIN, 0};
  int polls = 0;
  while (MUST(poll(&p, 1, 0)) == 0) ++polls;
  CHECK_EQ(MUST(read(ends[0], &byte, 1)), 1);
  peer.join();

  peer = std::thread(write_one);
  int reads = 0;
  while (read(ends[0], &byte, 1) != 1) {
    CHECK_EQ(errno, EAGAIN);
    ++reads;
  }
  peer.join();
  say("empty polls %d, empty reads %d", Native() ? 0 : polls, Native() ? 0 : reads);
}
