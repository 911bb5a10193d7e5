// RLIMIT_CPU is kept as it was set, by whatever call, and handed down to children; it is never met, as computing takes
// no time of the node's.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "guest.h"

static volatile sig_atomic_t exceeded = 0;

static void CheckLimit(rlim_t soft, rlim_t hard) {
  rlimit limit;
  MUST(getrlimit(RLIMIT_CPU, &limit));
  CHECK_EQ(limit.rlim_cur, soft);
  CHECK_EQ(limit.rlim_max, hard);
  MUST(prlimit(getpid(), RLIMIT_CPU, nullptr, &limit));
  CHECK_EQ(limit.rlim_cur, soft);
}

int main() {
  struct sigaction action = {};
  action.sa_handler = [](int) { exceeded = 1; };
  MUST(sigaction(SIGXCPU, &action, nullptr));
  const rlimit first = {1, 3}, second = {2, 3}, turned = {3, 2};
  MUST(setrlimit(RLIMIT_CPU, &first));
  CheckLimit(1, 3);
  rlimit before;
  MUST(prlimit(0, RLIMIT_CPU, &second, &before));
  CHECK_EQ(before.rlim_cur, 1);
  CheckLimit(2, 3);
  CHECK_ERRNO(setrlimit(RLIMIT_CPU, &turned), EINVAL);
  MUST(setrlimit(RLIMIT_CPU, &first));
  const pid_t child = MUST(fork());
  if (child == 0) {
    CheckLimit(1, 3);
    _exit(0);
  }
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  if (!Native()) {
    const rlimit raised = {1, RLIM_INFINITY};
    CHECK_ERRNO(setrlimit(RLIMIT_CPU, &raised), EPERM);
    SleepFor(kHour);
    rusage use;
    MUST(getrusage(RUSAGE_SELF, &use));
    // More of the machine's time than the limit.
    volatile unsigned long sum = 0;
    for (unsigned long i = 0; i < 1'500'000'000 && exceeded == 0; ++i) sum = sum + i;
    CHECK_EQ(exceeded, 0);
  }
  say("done");
}
