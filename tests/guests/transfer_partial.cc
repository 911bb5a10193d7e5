// A signal that comes when a write or a send has moved some of what it was given ends it with what was moved, with
// SA_RESTART too; a peer that goes away does the same, and MSG_NOSIGNAL is heeded.
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <thread>
#include <vector>

#include "guest.h"

static constexpr std::size_t kBytes = 4 << 20;
static std::vector<char> much(kBytes);
static volatile int signals = 0;

static void Interrupted(const char* what, int to, int from, int flags) {
  struct sigaction action = {};
  action.sa_handler = [](int) { signals = signals + 1; };
  action.sa_flags = flags;
  MUST(sigaction(SIGALRM, &action, nullptr));
  signals = 0;
  itimerval soon = {};
  soon.it_value.tv_usec = 100000;
  MUST(setitimer(ITIMER_REAL, &soon, nullptr));
  const long sent = MUST(write(to, much.data(), kBytes));
  CHECK_EQ(signals, 1);
  CHECK_LT(sent, kBytes);
  MUST(close(to));
  long got = 0;
  std::vector<char> buffer(65536);
  for (long n; (n = read(from, buffer.data(), buffer.size())) > 0;) got += n;
  CHECK_EQ(got, sent);
  say("%s: %ld", what, sent);
}

int main() {
  for (const int flags : {0, SA_RESTART}) {
    int ends[2];
    MUST(pipe(ends));
    Interrupted("pipe", ends[1], ends[0], flags);
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    Interrupted("socket", ends[0], ends[1], flags);
  }
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  std::thread peer([&] {
    SleepFor(Span(kSecond));
    char bytes[1000];
    MUST(read(ends[1], bytes, sizeof bytes));
    MUST(close(ends[1]));
  });
  const long sent = MUST(send(ends[0], much.data(), kBytes, MSG_NOSIGNAL));
  CHECK_LT(sent, kBytes);
  peer.join();
  CHECK_ERRNO(send(ends[0], much.data(), kBytes, MSG_NOSIGNAL), EPIPE);
  say("left by its peer: %ld", sent);
}
