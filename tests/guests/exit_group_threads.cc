// exit with other threads held in every kind of wait, from a thread that is not the first.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <mutex>
#include <thread>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe(ends));
  static std::mutex mutex;
  mutex.lock();
  std::thread([&] {
    char byte;
    MUST(read(ends[0], &byte, 1));
  }).detach();
  std::thread([] { mutex.lock(); }).detach();
  std::thread([] { SleepFor(kHour); }).detach();
  std::thread([] { pause(); }).detach();
  std::thread([&] {
    pollfd p = {ends[0], POLLIN, 0};
    poll(&p, 1, -1);
  }).detach();
  std::thread([] {
    eventfd_t value;
    eventfd_read(eventfd(0, 0), &value);
  }).detach();
  std::thread([] {
    SleepFor(Span(2 * kSecond));
    say("exit");
    std::exit(0);
  }).detach();
  for (;;) pause();
}
