// Two threads save and restore their flags, as runtimes do around calls into themselves, and yield now and then: none
// is left in single step, which a preemption in the midst of it would make of the saved trap flag.
#include <sched.h>

#include <thread>

#include "guest.h"

namespace {

constexpr unsigned long kTrapFlag = 0x100;
constexpr int kRounds = 20'000;

// Saves the flags, restores them, and returns what was saved: beyond the red zone, where the compiler may keep a value.
unsigned long SaveAndRestore() {
  unsigned long flags = 0;
  asm volatile(
      "lea -128(%%rsp), %%rsp\n"
      "pushfq\n"
      "mov (%%rsp), %0\n"
      "popfq\n"
      "lea 128(%%rsp), %%rsp\n"
      : "=r"(flags)
      :
      : "memory", "cc");
  return flags;
}

// How often the flags had the trap flag. Seen where a thread is being stepped, and only there.
int CountTraps() {
  int traps = 0;
  for (int i = 0; i < kRounds; ++i) {
    if ((SaveAndRestore() & kTrapFlag) != 0) ++traps;
    if (i % 50 == 0) sched_yield();
  }
  return traps;
}

}  // namespace

int main() {
  int first = 0;
  std::thread thread([&] { first = CountTraps(); });
  const int second = CountTraps();
  thread.join();
  CHECK(first < kRounds / 2);
  CHECK(second < kRounds / 2);
  say("done");
}
