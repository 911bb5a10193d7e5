// pthread_cond_timedwait on either clock: exact when nobody signals, woken when somebody does.
#include <pthread.h>

#include <thread>

#include "guest.h"

int main() {
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
    pthread_condattr_t attributes;
    CHECK_EQ(pthread_condattr_init(&attributes), 0);
    CHECK_EQ(pthread_condattr_setclock(&attributes, clock), 0);
    pthread_cond_t condition;
    CHECK_EQ(pthread_cond_init(&condition, &attributes), 0);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);

    const Ns span = Span(kHour);
    Ns start = now_ns();
    timespec until = ToTimespec(now_ns(clock) + span);
    CHECK_EQ(pthread_cond_timedwait(&condition, &mutex, &until), ETIMEDOUT);
    const Ns expired = CHECK_ELAPSED(start, span);

    bool flag = false;
    start = now_ns();
    std::thread signaller([&] {
      SleepFor(Span(2 * kSecond));
      CHECK_EQ(pthread_mutex_lock(&mutex), 0);
      flag = true;
      CHECK_EQ(pthread_cond_signal(&condition), 0);
      CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    });
    until = ToTimespec(now_ns(clock) + Span(kHour));
    while (!flag) CHECK_EQ(pthread_cond_timedwait(&condition, &mutex, &until), 0);
    const Ns woken = CHECK_ELAPSED(start, Span(2 * kSecond));
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    signaller.join();
    say("clock %d: expired %lld ns, woken %lld ns", clock, static_cast<long long>(expired),
        static_cast<long long>(woken));
  }
}
