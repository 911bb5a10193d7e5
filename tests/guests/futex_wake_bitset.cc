// futex WAKE_BITSET wakes only waiters that share a bit; FUTEX_WAKE wakes any.
#include <string>
#include <thread>

#include "futex.h"

static int word;
static std::string woken;

static void WaitFor(unsigned bits, char name) {
  CHECK_EQ(Futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, nullptr, nullptr, bits), 0);
  woken += name;
}

static long Wake(unsigned bits) {
  const long count = Futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 100, nullptr, nullptr, bits);
  SleepFor(Span(kSecond));
  return count;
}

int main() {
  std::thread a(WaitFor, 1u, 'a'), b(WaitFor, 2u, 'b'), ab(WaitFor, 3u, 'c'), d(WaitFor, 8u, 'd');
  SleepFor(Span(kSecond));
  CHECK_EQ(Wake(4), 0);
  CHECK_EQ(Wake(1), 2);
  CHECK(woken == "ac" || woken == "ca");
  CHECK_EQ(Wake(2), 1);
  CHECK_EQ(Futex(&word, FUTEX_WAKE_PRIVATE, 100), 1);
  for (std::thread* t : {&a, &b, &ab, &d}) t->join();
  say("woken: %s", woken.c_str());
}
