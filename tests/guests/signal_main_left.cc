// A signal to a process whose main thread has left (pthread_exit) goes to one that is there.
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "guest.h"

static volatile sig_atomic_t taker = 0;

static void* Wait(void*) {
  const Ns start = now_ns();
  const pid_t process = getpid();
  const pid_t child = MUST(fork());
  if (child == 0) {
    SleepFor(Span(kSecond));
    MUST(kill(process, SIGUSR1));
    SleepFor(Span(kSecond));
    MUST(kill(process, SIGUSR1));
    _exit(0);
  }
  CHECK_ERRNO(pause(), EINTR);
  CHECK_EQ(taker, syscall(SYS_gettid));
  const timespec hour = ToTimespec(kHour);
  CHECK_ERRNO(nanosleep(&hour, nullptr), EINTR);
  CHECK_ELAPSED(start, 2 * Span(kSecond));
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
  say("both came");
  return nullptr;
}

int main() {
  struct sigaction action = {};
  action.sa_handler = [](int) { taker = static_cast<int>(syscall(SYS_gettid)); };
  MUST(sigaction(SIGUSR1, &action, nullptr));
  pthread_t thread;
  CHECK_EQ(pthread_create(&thread, nullptr, Wait, nullptr), 0);
  pthread_exit(nullptr);
}
