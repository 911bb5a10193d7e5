// pthread_cancel of threads held in a read, a sleep and a condition wait: they unwind and can be
// joined.
#include <pthread.h>

#include "guest.h"

static int ends[2];

static void* Read(void*) {
  char byte;
  MUST(read(ends[0], &byte, 1));
  return nullptr;
}

static void* Sleep(void*) {
  SleepFor(kHour);
  return nullptr;
}

static void* Wait(void*) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  pthread_mutex_lock(&mutex);
  for (;;) pthread_cond_wait(&condition, &mutex);
}

int main() {
  MUST(pipe(ends));
  const Ns start = now_ns();
  for (const auto body : {Read, Sleep, Wait}) {
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, nullptr, body, nullptr), 0);
    SleepFor(Span(kSecond));
    CHECK_EQ(pthread_cancel(thread), 0);
    void* result;
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
  }
  say("cancelled three after %lld ns",
      static_cast<long long>(CHECK_ELAPSED(start, 3 * Span(kSecond))));
}
