// wait for any child: five of them come back in the order in which they end, WNOHANG finds none
// early.
#include <sys/wait.h>

#include <string>

#include "guest.h"

int main() {
  const Ns start = now_ns();
  for (const int seconds : {4, 2, 5, 1, 3}) {
    if (MUST(fork()) == 0) {
      SleepFor(Span(seconds * kSecond));
      _exit(seconds);
    }
  }
  std::string order;
  for (int i = 1; i <= 5; ++i) {
    int status;
    CHECK_EQ(waitpid(-1, &status, WNOHANG), 0);
    MUST(wait(&status));
    order += static_cast<char>('0' + WEXITSTATUS(status));
    CHECK_ELAPSED(start, Span(i * kSecond));
  }
  CHECK(order == "12345");
  say("%s", order.c_str());
}
