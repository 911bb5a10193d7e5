// Code that is written and then made executable: what reads the machine in it is found each time, constants that look
// like it are left alone, and so is what is data.
#include "machine_code.h"

int main() {
  constexpr std::size_t kPages = 4;
  unsigned char* memory = Memory(kPages * kPage, PROT_READ | PROT_WRITE);
  // Functions as compilers put them: apart, with empty space between them, or right behind each other.
  const Function stamp = Put(memory, kStamp);
  const Function constant = Put(memory + kStamp.size(), kConstant);
  const Function with_cpu = Put(memory + 256, kStampWithCpu);
  const Function random = Put(memory + 512, kRandom);
  const Function seed = Put(memory + 2 * kPage - 5, kSeed);
  // A table of numbers in which the bytes of rdtsc stand alone.
  long long* table = reinterpret_cast<long long*>(memory + 3 * kPage);
  for (int i = 0; i < 64; ++i) table[i] = i % 8 == 0 ? 0x310f : i % 8 == 4 ? 0xf9010f : i;
  MUST(mprotect(memory, kPages * kPage, PROT_READ | PROT_EXEC));

  const unsigned long long low = Native() ? ~0ull >> 8 : ~0ull;  // a real processor's number is no zero
  const unsigned long long a = stamp(), b = with_cpu() & low, c = stamp();
  CHECK_LT(a, b);
  CHECK_LT(b, c);
  CHECK_EQ(constant(), kConstantValue);
  const unsigned long long numbers[] = {random(), random(), seed(), seed()};
  CHECK_NE(numbers[0], numbers[1]);
  CHECK_LE(numbers[2], 0xffff);
  for (int i = 0; i < 64; ++i) CHECK_EQ(table[i], i % 8 == 0 ? 0x310f : i % 8 == 4 ? 0xf9010f : i);
  say("%llu %llu %llu, %016llx %016llx %04llx %04llx", a, b, c, numbers[0], numbers[1], numbers[2], numbers[3]);

  // The same place again, with other code, while the rest stays.
  MUST(mprotect(memory, kPage, PROT_READ | PROT_WRITE));
  Put(memory, kRandom);
  MUST(mprotect(memory, kPage, PROT_READ | PROT_EXEC));
  say("%016llx %llu", stamp(), with_cpu());

  // Moved as a collector moves code: bytes as they are, to another place that is executable already.
  unsigned char* other = Memory(kPage, PROT_READ | PROT_WRITE);
  std::memcpy(other + 64, memory + 256, 256 + kRandom.size());
  MUST(mprotect(other, kPage, PROT_READ | PROT_WRITE | PROT_EXEC));
  std::memcpy(other + 1024, memory + 512, kRandom.size());
  say("%llu %016llx %016llx", reinterpret_cast<Function>(other + 64)(), reinterpret_cast<Function>(other + 320)(),
      reinterpret_cast<Function>(other + 1024)());
}
