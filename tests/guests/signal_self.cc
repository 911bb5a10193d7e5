// kill, tgkill, raise and sigqueue to oneself: delivered before the call returns, with code and
// value.
#include <signal.h>
#include <sys/syscall.h>

#include "guest.h"

static volatile sig_atomic_t caught, code, value, sender;

int main() {
  struct sigaction action = {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    caught = caught + 1;
    code = info->si_code;
    sender = info->si_pid;
    value = info->si_value.sival_int;
  };
  MUST(sigaction(SIGUSR1, &action, nullptr));
  MUST(kill(getpid(), SIGUSR1));
  CHECK_EQ(caught, 1);
  CHECK_EQ(code, SI_USER);
  CHECK_EQ(sender, getpid());
  MUST(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
  CHECK_EQ(caught, 2);
  CHECK_EQ(code, SI_TKILL);
  MUST(sigqueue(getpid(), SIGUSR1, {.sival_int = 42}));
  CHECK_EQ(caught, 3);
  CHECK_EQ(code, SI_QUEUE);
  CHECK_EQ(value, 42);
  MUST(kill(0, 0));
  CHECK_ERRNO(kill(getpid(), 99), EINVAL);
  CHECK_ERRNO(kill(999'999, 0), ESRCH);
  say("caught %d", static_cast<int>(caught));
}
