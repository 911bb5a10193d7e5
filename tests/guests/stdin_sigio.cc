// O_ASYNC stdin: each line that comes is told of by a SIGIO, which ends the wait; the handler's reader takes it.
#include <fcntl.h>
#include <signal.h>

#include "lines.h"

int main() {
  sigset_t io, others;
  sigemptyset(&io);
  sigaddset(&io, SIGIO);
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  MUST(sigaction(SIGIO, &action, nullptr));
  MUST(sigprocmask(SIG_BLOCK, &io, &others));
  MUST(fcntl(0, F_SETOWN, getpid()));
  MUST(fcntl(0, F_SETFL, O_ASYNC | O_NONBLOCK));
  Echo echo;
  for (;;) {
    CHECK_ERRNO(sigsuspend(&others), EINTR);
    if (!Native()) {
      echo.ReadOneLineFrom(0);
      continue;
    }
    while (echo.ReadFrom(0) >= 0) {
    }
    CHECK_EQ(errno, EAGAIN);
  }
}
