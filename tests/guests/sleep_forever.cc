// Times beyond all reckoning: what waits so long waits until it is killed, in whatever call, and a timer with such an
// interval fires once.
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <climits>
#include <functional>

#include "timerfd.h"

static void CheckEndless(const char* what, const std::function<void()>& wait) {
  const pid_t child = MUST(fork());
  if (child == 0) {
    wait();
    _exit(1);
  }
  SleepFor(Span(kHour));
  MUST(kill(child, SIGKILL));
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  if (!WIFSIGNALED(status)) Fail(__FILE__, __LINE__, "%s ended", what);
}

int main() {
  for (const long seconds : {LONG_MAX, LONG_MAX / 2, 9223372036L, 9223372035L, 4000000000L}) {
    const timespec time = {seconds, 0};
    CheckEndless("nanosleep", [&] { nanosleep(&time, nullptr); });
    CheckEndless("clock_nanosleep", [&] { clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &time, nullptr); });
    CheckEndless("ppoll", [&] { ppoll(nullptr, 0, &time, nullptr); });
    CheckEndless("select", [&] {
      timeval most = {seconds, 0};
      select(0, nullptr, nullptr, nullptr, &most);
    });
    CheckEndless("timerfd", [&] {
      const int fd = timerfd_create(CLOCK_MONOTONIC, 0);
      const itimerspec times = {time, {0, 1}};
      timerfd_settime(fd, 0, &times, nullptr);
      Expirations(fd);
      Expirations(fd);
    });
    CheckEndless("setitimer", [&] {
      signal(SIGALRM, [](int) {});
      const itimerval times = {{seconds, 0}, {0, 1}};
      setitimer(ITIMER_REAL, &times, nullptr);
      pause();
      pause();
    });
    CheckEndless("SO_RCVTIMEO", [&] {
      int ends[2];
      char byte;
      const timeval most = {seconds, 0};
      MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
      MUST(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most));
      recv(ends[0], &byte, 1, 0);
    });
    say("%ld s", seconds);
  }
}
