// A signal to the process goes to a thread that has it open, the same one in each run.
#include <pthread.h>
#include <signal.h>

#include <string>
#include <thread>
#include <vector>

#include "guest.h"

static thread_local char self = 'm';
static char who[16];
static int count;

int main() {
  CHECK(signal(SIGUSR1, [](int) { who[count++] = self; }) != SIG_ERR);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  std::vector<std::thread> threads;
  for (char name = 'a'; name <= 'c'; ++name)
    threads.emplace_back([&, name] {
      self = name;
      SleepFor(Span(kSecond));
      if (name == 'b') CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, nullptr), 0);
      timespec left = ToTimespec(Span(10 * kSecond));
      while (nanosleep(&left, &left) != 0) CHECK_EQ(errno, EINTR);
    });
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, nullptr), 0);
  for (int i = 0; i < 3; ++i) {
    SleepFor(Span(2 * kSecond));
    MUST(kill(getpid(), SIGUSR1));
  }
  for (std::thread& t : threads) t.join();
  CHECK_EQ(count, 3);
  CHECK(std::string(who).find_first_of("mb") == std::string::npos);
  say("%s", Native() ? "" : who);
  say("three");
}
