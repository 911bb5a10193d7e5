// A signalfd that is edge-triggered in an epoll set is told of once for what comes, until it is read; a child that
// inherits one sees its own signals there.
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "guest.h"

static int set, fd;

static int Wait(int timeout_ms) {
  epoll_event event;
  return MUST(epoll_wait(set, &event, 1, timeout_ms));
}

// Reads all that is there. How much, and of which signal.
static int Drain(int signal) {
  signalfd_siginfo info;
  int count = 0;
  while (read(fd, &info, sizeof info) == sizeof info) {
    CHECK_EQ(info.ssi_signo, signal);
    ++count;
  }
  CHECK_EQ(errno, EAGAIN);
  return count;
}

static pid_t SendAfter(Ns span, int signal, int times) {
  const pid_t child = MUST(fork());
  if (child != 0) return child;
  SleepFor(span);
  for (int i = 0; i < times; ++i) MUST(sigqueue(getppid(), signal, {}));
  _exit(0);
}

int main() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGRTMIN);
  MUST(sigprocmask(SIG_BLOCK, &signals, nullptr));
  fd = MUST(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  set = MUST(epoll_create1(EPOLL_CLOEXEC));
  epoll_event wanted = {EPOLLIN | EPOLLET, {}};
  MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &wanted));
  CHECK_EQ(Wait(10), 0);
  for (const int signal : {SIGRTMIN, SIGUSR1, SIGRTMIN}) {
    const Ns start = now_ns();
    const int times = signal == SIGRTMIN ? 3 : 1;
    SendAfter(Span(kSecond), signal, times);
    CHECK_EQ(Wait(-1), 1);
    CHECK_EQ(MUST(waitpid(-1, nullptr, 0)) > 0, true);
    if (!Native()) CHECK_ELAPSED(start, kSecond);
    if (signal == SIGUSR1) CHECK_EQ(Wait(10), 0);  // told of already
    CHECK_EQ(Drain(signal), times);
  }
  const pid_t child = MUST(fork());
  if (child == 0) {
    MUST(close(set));
    set = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &wanted));
    CHECK_EQ(Wait(-1), 1);
    CHECK_EQ(Drain(SIGUSR1), 1);
    _exit(0);
  }
  SleepFor(Span(kSecond));
  MUST(kill(child, SIGUSR1));
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  say("all were told of");
}
