// A signal handled without SA_RESTART ends each kind of wait with EINTR, at the time it was sent.
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>

#include "interrupt.h"

int main() {
  CatchUsr1(0);
  int ends[2];
  MUST(pipe(ends));
  const int epoll = MUST(epoll_create1(0));
  sem_t semaphore;
  MUST(sem_init(&semaphore, 0, 0));
  char byte;
  epoll_event event;
  auto check = [](const char* name, auto wait) {
    const Ns start = now_ns();
    InterruptAfter(Span(2 * kSecond), [&] { CHECK_ERRNO(wait(), EINTR); });
    say("%s %lld ns", name, static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
  };
  check("read", [&] { return read(ends[0], &byte, 1); });
  check("poll", [] { return poll(nullptr, 0, 1'000'000); });
  check("select", [] { return select(0, nullptr, nullptr, nullptr, nullptr); });
  check("epoll_wait", [&] { return epoll_wait(epoll, &event, 1, -1); });
  check("sem_wait", [&] { return sem_wait(&semaphore); });
  check("pause", [] { return pause(); });
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(kHour);
    _exit(0);
  }
  check("waitpid", [&] { return waitpid(child, nullptr, 0); });
  MUST(kill(child, SIGKILL));
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
}
