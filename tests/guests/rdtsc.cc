// RDTSC and RDTSCP: they grow with virtual time, and repeat.
#include <x86intrin.h>

#include "guest.h"

int main() {
  const unsigned long long a = __rdtsc(), b = __rdtsc();
  CHECK_GT(b, a);
  SleepFor(Span(3 * kSecond));
  unsigned processor = 99;
  const unsigned long long c = __rdtscp(&processor), d = __rdtscp(&processor);
  CHECK_GT(d, c);
  CHECK_GT(c - b, (b - a) * 1000);
  if (!Native()) CHECK_EQ(processor & 0xfff, 0);
  say("%llu %llu %llu %llu", a, b, c, d);
}
