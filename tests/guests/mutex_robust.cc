// A robust mutex whose owner dies, as a thread and as a process: the waiter gets it with
// EOWNERDEAD.
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <thread>

#include "guest.h"

static void Recover(pthread_mutex_t* mutex, Ns start) {
  CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
  CHECK_ELAPSED(start, Span(2 * kSecond));
  CHECK_EQ(pthread_mutex_consistent(mutex), 0);
  CHECK_EQ(pthread_mutex_unlock(mutex), 0);
}

int main() {
  void* memory =
      MUST(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  auto* mutex = static_cast<pthread_mutex_t*>(memory);
  pthread_mutexattr_t attributes;
  CHECK_EQ(pthread_mutexattr_init(&attributes), 0);
  CHECK_EQ(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), 0);
  CHECK_EQ(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), 0);
  CHECK_EQ(pthread_mutex_init(mutex, &attributes), 0);
  auto lock_and_die = [&] {
    CHECK_EQ(pthread_mutex_lock(mutex), 0);
    SleepFor(Span(2 * kSecond));
  };

  Ns start = now_ns();
  std::thread owner(lock_and_die);
  SleepFor(Span(kSecond));
  Recover(mutex, start);
  owner.join();

  start = now_ns();
  const pid_t child = MUST(fork());
  if (child == 0) {
    lock_and_die();
    _exit(0);
  }
  SleepFor(Span(kSecond));
  Recover(mutex, start);
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
  say("recovered twice");
}
