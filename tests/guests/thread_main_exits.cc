// The main thread leaves with pthread_exit, others go on; the last one ends the process with status
// 0.
#include <pthread.h>

#include <thread>

#include "guest.h"

int main() {
  std::thread([] {
    SleepFor(Span(3 * kSecond));
    say("first, in process %d", getpid() > 0);
  }).detach();
  std::thread([] {
    SleepFor(Span(5 * kSecond));
    say("second");
  }).detach();
  pthread_exit(nullptr);
}
