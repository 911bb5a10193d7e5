// A child that stops itself is seen with WUNTRACED, continues on SIGCONT, and is seen with
// WCONTINUED.
#include <signal.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  const Ns start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(Span(kSecond));
    raise(SIGSTOP);
    SleepFor(Span(kSecond));
    _exit(3);
  }
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, WUNTRACED)), child);
  CHECK(WIFSTOPPED(status));
  CHECK_ELAPSED(start, Span(kSecond));
  SleepFor(Span(5 * kSecond));
  CHECK_EQ(waitpid(child, &status, WNOHANG | WUNTRACED), 0);
  MUST(kill(child, SIGCONT));
  CHECK_EQ(MUST(waitpid(child, &status, WCONTINUED)), child);
  CHECK(WIFCONTINUED(status));
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(WEXITSTATUS(status), 3);
  say("%lld ns", static_cast<long long>(
                     CHECK_ELAPSED(start, Span(kSecond) + Span(5 * kSecond) + Span(kSecond))));
}
