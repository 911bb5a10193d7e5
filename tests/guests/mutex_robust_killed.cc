// A robust mutex shared by processes whose owner does not end by itself: killed by another one, by its own signal, by a
// fault, with its parent, or gone with an exec. The waiter gets it with EOWNERDEAD at that instant.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <functional>

#include "guest.h"

static pthread_mutex_t* mutex;

static pid_t Fork(const std::function<void()>& run) {
  const pid_t child = MUST(fork());
  if (child != 0) return child;
  run();
  _exit(0);
}

// An owner that ends as `end` says after a second.
static void Run(const char* what, const std::function<void()>& end) {
  const Ns start = now_ns();
  const pid_t owner = Fork([&] {
    CHECK_EQ(pthread_mutex_lock(mutex), 0);
    SleepFor(Span(kSecond));
    end();
    SleepFor(kHour);
  });
  const pid_t killer = Fork([&] {
    SleepFor(Span(2 * kSecond));
    kill(owner, SIGKILL);
  });
  SleepFor(Span(kSecond / 2));
  CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
  const Ns elapsed = now_ns() - start;
  CHECK_EQ(pthread_mutex_consistent(mutex), 0);
  CHECK_EQ(pthread_mutex_unlock(mutex), 0);
  for (const pid_t child : {owner, killer}) CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
  say("%s: %s", what, elapsed < Span(3 * kSecond / 2) ? "at its end" : "when it was killed");
}

int main() {
  mutex = static_cast<pthread_mutex_t*>(
      MUST(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)));
  pthread_mutexattr_t attributes;
  CHECK_EQ(pthread_mutexattr_init(&attributes), 0);
  CHECK_EQ(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), 0);
  CHECK_EQ(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), 0);
  CHECK_EQ(pthread_mutex_init(mutex, &attributes), 0);
  Run("another's signal", [] {});
  Run("abort", [] { abort(); });
  Run("a fault", [] { *static_cast<volatile char*>(nullptr) = 1; });
  Run("SIGKILL to itself", [] { raise(SIGKILL); });
  Run("SIGTERM to itself", [] { raise(SIGTERM); });
  Run("exec", [] { execl("/bin/true", "true", nullptr); });

  // With its parent, which is told to die by a third one.
  const pid_t parent = Fork([] {
    Fork([] {
      MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
      CHECK_EQ(pthread_mutex_lock(mutex), 0);
      SleepFor(kHour);
    });
    SleepFor(kHour);
  });
  Fork([&] {
    SleepFor(Span(kSecond));
    MUST(kill(parent, SIGTERM));
  });
  SleepFor(Span(kSecond / 2));
  CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
  say("with its parent");
}
