// A futex in memory shared by two processes, at different addresses: the key is the page, not the
// address.
#include <sys/mman.h>
#include <sys/wait.h>

#include "futex.h"

int main() {
  const int memory = MUST(memfd_create("words", 0));
  MUST(ftruncate(memory, 4096));
  auto map = [&] {
    return static_cast<int*>(
        MUST(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0)));
  };
  int* mine = map();
  const Ns start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    int* other = map();
    CHECK(other != mine);
    SleepFor(Span(3 * kSecond));
    *other = 1;
    CHECK_EQ(Futex(other, FUTEX_WAKE, 100), 1);
    _exit(0);
  }
  CHECK_EQ(Futex(mine, FUTEX_WAIT, 0), 0);
  CHECK_EQ(*mine, 1);
  const Ns elapsed = CHECK_ELAPSED(start, Span(3 * kSecond));
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  say("woken after %lld ns", static_cast<long long>(elapsed));
}
