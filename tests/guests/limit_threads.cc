// The 1,025th thread of a node is EAGAIN, and after a join there is room again.
#include <pthread.h>

#include <mutex>
#include <vector>

#include "guest.h"

static std::mutex gate;

static void* WaitAtGate(void*) {
  std::lock_guard<std::mutex> lock(gate);
  return nullptr;
}

int main() {
  pthread_attr_t small;
  CHECK_EQ(pthread_attr_init(&small), 0);
  CHECK_EQ(pthread_attr_setstacksize(&small, 64 * 1024), 0);
  gate.lock();
  std::vector<pthread_t> threads;
  int error = 0;
  for (pthread_t thread; threads.size() < 1100; threads.push_back(thread)) {
    error = pthread_create(&thread, &small, WaitAtGate, nullptr);
    if (error != 0) break;
  }
  if (!Native()) {
    CHECK_EQ(error, EAGAIN);
    CHECK_LE(threads.size() + 1, 1024);
    CHECK_GE(threads.size() + 1, 1023);  // the host may count its own first process
  }
  gate.unlock();
  for (const pthread_t thread : threads) CHECK_EQ(pthread_join(thread, nullptr), 0);
  pthread_t again;
  CHECK_EQ(pthread_create(&again, &small, WaitAtGate, nullptr), 0);
  CHECK_EQ(pthread_join(again, nullptr), 0);
  say("%zu threads beside the first", threads.size());
}
