// The parent whose end a process has asked to be signalled at (PR_SET_PDEATHSIG) is the thread that made it, though the
// parent process lives on; after that the first thread that is left.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <thread>

#include "guest.h"

// Sleeps until it was signalled so often, then its status is 7.
[[noreturn]] static void Child(int signal, int times) {
  MUST(prctl(PR_SET_PDEATHSIG, signal));
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  MUST(sigaction(SIGUSR1, &action, nullptr));
  const timespec hour = ToTimespec(kHour);
  for (int i = 0; i < times; ++i) CHECK_ERRNO(nanosleep(&hour, nullptr), EINTR);
  _exit(7);
}

int main() {
  const Ns start = now_ns();
  pid_t handled = 0, killed = 0;
  std::thread parent([&] {
    handled = MUST(fork());
    if (handled == 0) Child(SIGUSR1, 1);
    killed = MUST(fork());
    if (killed == 0) Child(SIGKILL, 1);
    SleepFor(Span(kSecond));
  });
  int status;
  parent.join();
  CHECK_EQ(MUST(waitpid(handled, &status, 0)), handled);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  CHECK_EQ(MUST(waitpid(killed, &status, 0)), killed);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  CHECK_ELAPSED(start, Span(kSecond));

  // The child of the first thread is not told of another one's end.
  const pid_t child = MUST(fork());
  if (child == 0) Child(SIGUSR1, 1);
  std::thread([] { SleepFor(Span(kSecond)); }).join();
  CHECK_EQ(MUST(waitpid(child, &status, WNOHANG)), 0);
  MUST(kill(child, SIGUSR1));
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_ELAPSED(start, Span(2 * kSecond));
  say("the threads' children: %d, %d", handled - getpid(), killed - getpid());
}
