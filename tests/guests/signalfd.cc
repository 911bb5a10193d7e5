// signalfd: a blocked signal becomes a read; the read blocks until one comes, poll and epoll see
// it.
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
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
  const int set_fd = MUST(epoll_create1(EPOLL_CLOEXEC));
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.fd = fd;
  MUST(epoll_ctl(set_fd, EPOLL_CTL_ADD, fd, &wanted));
  epoll_event got{};
  CHECK_EQ(MUST(epoll_wait(set_fd, &got, 1, 10)), 0);
  for (int i = 0; i < 2; ++i) {
    start = now_ns();
    alarm(1);
    CHECK_EQ(MUST(epoll_wait(set_fd, &got, 1, -1)), 1);
    CHECK_ELAPSED(start, kSecond);
    CHECK_EQ(got.data.fd, fd);
    CHECK_EQ(MUST(epoll_wait(set_fd, &got, 1, -1)), 1);  // until it is read
    CHECK_EQ(read(fd, &info, sizeof info), sizeof info);
    CHECK_EQ(MUST(epoll_wait(set_fd, &got, 1, 0)), 0);
  }
  say("woken after %lld ns", static_cast<long long>(woken));
}
