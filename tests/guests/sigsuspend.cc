// sigsuspend waits with another mask, runs the handler, and puts the mask back; ppoll and pselect
// with a mask do the same.
#include <poll.h>
#include <signal.h>

#include <thread>

#include "guest.h"

static volatile sig_atomic_t caught;

int main() {
  CHECK(signal(SIGUSR1, [](int) { caught = caught + 1; }) != SIG_ERR);
  sigset_t blocked, open;
  sigemptyset(&open);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  MUST(sigprocmask(SIG_BLOCK, &blocked, nullptr));

  MUST(raise(SIGUSR1));
  CHECK_EQ(caught, 0);
  CHECK_ERRNO(sigsuspend(&open), EINTR);
  CHECK_EQ(caught, 1);
  MUST(raise(SIGUSR1));
  CHECK_EQ(caught, 1);
  const timespec hour = {3600, 0};
  CHECK_ERRNO(ppoll(nullptr, 0, &hour, &open), EINTR);
  CHECK_EQ(caught, 2);

  const Ns start = now_ns();
  for (int i = 3; i <= 4; ++i) {
    std::thread sender([] {
      SleepFor(Span(2 * kSecond));
      MUST(kill(getpid(), SIGUSR1));
    });
    if (i == 3)
      CHECK_ERRNO(sigsuspend(&open), EINTR);
    else
      CHECK_ERRNO(ppoll(nullptr, 0, nullptr, &open), EINTR);
    CHECK_EQ(caught, i);
    sender.join();
  }
  say("caught %d, %lld ns", static_cast<int>(caught),
      static_cast<long long>(CHECK_ELAPSED(start, 2 * Span(2 * kSecond))));
}
