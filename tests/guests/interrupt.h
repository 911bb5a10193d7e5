// A signal from another thread while this one waits.
#pragma once

#include <signal.h>
#include <sys/syscall.h>

#include <thread>

#include "guest.h"

inline volatile sig_atomic_t interruptions = 0;

inline void CatchUsr1(int flags) {
  struct sigaction action = {};
  action.sa_handler = [](int) { interruptions = interruptions + 1; };
  action.sa_flags = flags;
  MUST(sigaction(SIGUSR1, &action, nullptr));
}

// Runs `wait` in this thread; another one sends it SIGUSR1 after `span` by tgkill.
template <typename Wait>
void InterruptAfter(Ns span, Wait wait) {
  const pid_t process = getpid();
  const long thread = syscall(SYS_gettid);
  const int before = interruptions;
  std::thread sender([=] {
    SleepFor(span);
    MUST(syscall(SYS_tgkill, process, thread, SIGUSR1));
  });
  wait();
  CHECK_EQ(interruptions, before + 1);
  sender.join();
}
