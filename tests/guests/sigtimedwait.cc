// sigtimedwait: EAGAIN after exactly its time, a pending signal at once, one from another thread
// when it comes; sigwaitinfo the same without a time.
#include <signal.h>

#include <thread>

#include "guest.h"

int main() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  MUST(sigprocmask(SIG_BLOCK, &set, nullptr));
  siginfo_t info;
  const timespec hour = ToTimespec(Span(kHour)), none = {0, 0};
  Ns start = now_ns();
  CHECK_ERRNO(sigtimedwait(&set, &info, &hour), EAGAIN);
  const Ns expired = CHECK_ELAPSED(start, Span(kHour));
  CHECK_ERRNO(sigtimedwait(&set, &info, &none), EAGAIN);

  MUST(raise(SIGUSR1));
  CHECK_EQ(sigtimedwait(&set, &info, &none), SIGUSR1);
  for (const bool timed : {true, false}) {
    start = now_ns();
    std::thread sender([] {
      SleepFor(Span(2 * kSecond));
      MUST(kill(getpid(), SIGUSR1));
    });
    CHECK_EQ(timed ? sigtimedwait(&set, &info, &hour) : sigwaitinfo(&set, &info), SIGUSR1);
    CHECK_EQ(info.si_code, SI_USER);
    CHECK_ELAPSED(start, Span(2 * kSecond));
    sender.join();
  }
  say("expired after %lld ns", static_cast<long long>(expired));
}
