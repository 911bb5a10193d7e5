// RDRAND and RDSEED in their three widths: numbers that repeat, and not one another.
#include <cpuid.h>
#include <immintrin.h>

#include <set>

#include "guest.h"

[[gnu::target("rdrnd")]] static void Rdrand(std::set<unsigned long long>* seen) {
  unsigned short a;
  unsigned b;
  unsigned long long c;
  for (int i = 0; i < 2; ++i) {
    while (!_rdrand16_step(&a) || !_rdrand32_step(&b) || !_rdrand64_step(&c)) {
    }
    CHECK(seen->insert(b).second && seen->insert(c).second);
    say("rdrand %04x %08x %016llx", a, b, c);
  }
}

[[gnu::target("rdseed")]] static void Rdseed(std::set<unsigned long long>* seen) {
  unsigned short a;
  unsigned b;
  unsigned long long c;
  for (int i = 0; i < 2; ++i) {
    while (!_rdseed16_step(&a) || !_rdseed32_step(&b) || !_rdseed64_step(&c)) {
    }
    CHECK(seen->insert(b).second && seen->insert(c).second);
    say("rdseed %04x %08x %016llx", a, b, c);
  }
}

int main() {
  std::set<unsigned long long> seen;
  unsigned a, b, c, d;
  CHECK(__get_cpuid(1, &a, &b, &c, &d));
  if (c & bit_RDRND) Rdrand(&seen);
  CHECK(__get_cpuid_count(7, 0, &a, &b, &c, &d));
  if (b & bit_RDSEED) Rdseed(&seen);
  say("%zu numbers", seen.size());
}
