// timer_create with SIGEV_THREAD: libc's helper thread gets the signal and starts the function.
#include <semaphore.h>
#include <signal.h>

#include "guest.h"

static sem_t called;

int main() {
  MUST(sem_init(&called, 0, 0));
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) { MUST(sem_post(&called)); };
  timer_t timer;
  MUST(timer_create(CLOCK_REALTIME, &event, &timer));
  const Ns start = now_ns();
  const itimerspec times = {ToTimespec(Span(kSecond)), ToTimespec(Span(2 * kSecond))};
  MUST(timer_settime(timer, 0, &times, nullptr));
  for (int i = 0; i < 3; ++i) {
    MUST(sem_wait(&called));
    CHECK_ELAPSED(start, Span((2 + i) * kSecond));
  }
  MUST(timer_delete(timer));
  say("called three times");
}
