// Code that is written into memory which is executable already, where no call shows it: it runs, and as it reads the
// machine the run is leaky by name. What was there when the memory became executable is found as elsewhere.
#include "machine_code.h"

int main() {
  unsigned char* memory = Memory(kPage, PROT_READ | PROT_WRITE);
  const Function early = Put(memory, kStamp);
  MUST(mprotect(memory, kPage, PROT_READ | PROT_WRITE | PROT_EXEC));
  const unsigned long long a = early(), b = early();
  CHECK_LT(a, b);
  const Function constant = Put(memory + 256, kConstant);
  CHECK_EQ(constant(), kConstantValue);
  const Function late = Put(memory + 512, kSeed);
  late();
  say("%llu %llu", a, b);
}
