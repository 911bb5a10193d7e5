// signalfd: a blocked signal becomes a read; the read blocks until one comes, poll and epoll see
// it.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <thread>

#include "guest.h"

int main() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGALRM);
  MUST(sigprocmask(SIG_BLOCK, &set, nullptr));
  const int fd = MUST(signalfd(-1, &set, SFD_CLOEXEC));
  Ns start = now_ns();
  std::thread sender([] {
    SleepFor(Span(2 * kSecond));
    MUST(kill(getpid(), SIGUSR1));
  });
  signalfd_siginfo info;
  CHECK_EQ(read(fd, &info, sizeof info), sizeof info);
  CHECK_EQ(info.ssi_signo, SIGUSR1);
  CHECK_EQ(info.ssi_pid, getpid());
  const Ns woken = CHECK_ELAPSED(start, Span(2 * kSecond));
  sender.join();

  start = now_ns();
  alarm(1);
  pollfd p = {fd, POLLIN, 0};
  CHECK_EQ(MUST(poll(&p, 1, -1)), 1);
  CHECK_ELAPSED(start, kSecond);
  CHECK_EQ(read(fd, &info, sizeof info), sizeof info);
  CHECK_EQ(info.ssi_signo, SIGALRM);
  say("woken after %lld ns", static_cast<long long>(woken));
}
