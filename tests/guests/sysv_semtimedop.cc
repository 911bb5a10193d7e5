// System V semaphores: semop blocks until another process adds, semtimedop times out exactly; a host
// without them says why.
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  const int set = semget(IPC_PRIVATE, 1, 0600);
  if (set == -1) {
    CHECK_EQ(errno, ENOSYS);
    say("refused: %s", strerrorname_np(errno));
    return 0;
  }
  sembuf take = {0, -1, 0}, give = {0, 1, 0};
  const timespec timeout = ToTimespec(Span(3 * kSecond));
  Ns start = now_ns();
  CHECK_ERRNO(semtimedop(set, &take, 1, &timeout), EAGAIN);
  const Ns expired = CHECK_ELAPSED(start, Span(3 * kSecond));
  start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(Span(2 * kSecond));
    MUST(semop(set, &give, 1));
    _exit(0);
  }
  MUST(semop(set, &take, 1));
  const Ns woken = CHECK_ELAPSED(start, Span(2 * kSecond));
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
  MUST(semctl(set, 0, IPC_RMID));
  say("expired %lld ns, woken %lld ns", static_cast<long long>(expired),
      static_cast<long long>(woken));
}
