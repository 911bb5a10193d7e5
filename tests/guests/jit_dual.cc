// Memory that is mapped twice, to be written here and executed there: what comes in after that is shown by no call.
// It runs, and as it reads the machine the run is leaky by name. The process that made it is killed by its parent.
#include <csignal>
#include <sys/wait.h>

#include "machine_code.h"

int main() {
  int ready[2];
  MUST(pipe(ready));
  const pid_t child = MUST(fork());
  if (child == 0) {
    const int file = MUST(memfd_create("code", 0));
    MUST(ftruncate(file, kPage));
    const auto map = [&](int protection) {
      return static_cast<unsigned char*>(MUST(mmap(nullptr, kPage, protection, MAP_SHARED, file, 0)));
    };
    const auto* executable = map(PROT_READ | PROT_EXEC);
    unsigned char* writable = map(PROT_READ | PROT_WRITE);
    Put(writable + 128, kSeed);
    CHECK_LE(reinterpret_cast<Function>(executable + 128)(), 0xffff);
    CHECK_EQ(write(ready[1], "r", 1), 1);
    for (;;) pause();
  }
  char byte;
  CHECK_EQ(read(ready[0], &byte, 1), 1);
  MUST(kill(child, SIGKILL));
  int status = 0;
  MUST(waitpid(child, &status, 0));
  say("killed by %d", WTERMSIG(status));
}
