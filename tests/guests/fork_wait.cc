// fork and wait4: the parent waits for a child that sleeps 2 s, and learns its status and its use.
#include <sys/resource.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  const Ns start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(Span(2 * kSecond));
    _exit(42);
  }
  CHECK_EQ(waitpid(child, nullptr, WNOHANG), 0);
  int status;
  rusage use;
  CHECK_EQ(wait4(child, &status, 0, &use), child);
  const Ns elapsed = CHECK_ELAPSED(start, Span(2 * kSecond));
  CHECK(WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 42);
  CHECK_ERRNO(wait4(-1, &status, 0, nullptr), ECHILD);
  say("child %d after %lld ns, user %ld.%06ld rss %ld", child - getpid(),
      static_cast<long long>(elapsed), use.ru_utime.tv_sec, use.ru_utime.tv_usec, use.ru_maxrss);
}
