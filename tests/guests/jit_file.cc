// Code in a file in memory, which is written before it is mapped to be executed: found, also where the memory is shared
// and the file closed, and in a second process.
#include <sys/wait.h>

#include "machine_code.h"

static unsigned char* Map(int fd, int protection, int flags) {
  return static_cast<unsigned char*>(MUST(mmap(nullptr, 2 * kPage, protection, flags, fd, 0)));
}

int main() {
  const int file = MUST(memfd_create("code", 0));
  MUST(ftruncate(file, 2 * kPage));
  unsigned char* writable = Map(file, PROT_READ | PROT_WRITE, MAP_SHARED);
  Put(writable, kStamp);
  Put(writable + kPage, kRandom);
  const unsigned char* own = Map(file, PROT_READ | PROT_EXEC, MAP_PRIVATE);
  const Function own_stamp = reinterpret_cast<Function>(own);
  const Function own_random = reinterpret_cast<Function>(own + kPage);
  const unsigned long long a = own_stamp(), r = own_random();

  unsigned char* executable = Map(file, PROT_READ, MAP_SHARED);
  close(file);
  MUST(mprotect(executable, 2 * kPage, PROT_READ | PROT_EXEC));
  const Function stamp = reinterpret_cast<Function>(executable);
  const Function random = reinterpret_cast<Function>(executable + kPage);
  const unsigned long long b = stamp(), s = random();
  CHECK_LT(a, b);
  CHECK_NE(r, s);
  const pid_t child = MUST(fork());
  if (child == 0) {
    say("child %llu %016llx", stamp(), random());
    _exit(0);
  }
  int status = 1;
  MUST(waitpid(child, &status, 0));
  CHECK_EQ(status, 0);
  say("%llu %llu %016llx %016llx", a, b, r, s);
}
