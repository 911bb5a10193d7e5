// A program that writes code where no call shows it, and in whose code nothing reads the machine: its run is exact.
#include "machine_code.h"

int main() {
  unsigned char* memory = Memory(16 * kPage, PROT_READ | PROT_WRITE | PROT_EXEC);
  unsigned long long sum = 0;
  for (int i = 0; i < 64; ++i) {
    const Function constant = Put(memory + i * 1024, kConstant);
    sum += constant() >> 32;
    // Numbers beside the code, as compilers keep them there.
    for (long long k = 0; k < 8; ++k) {
      const long long number = 0x310f + (k << 32);
      std::memcpy(memory + i * 1024 + 512 + k * 8, &number, sizeof number);
    }
  }
  CHECK_EQ(sum, 64 * (kConstantValue >> 32));
  say("%llu", sum);
}
