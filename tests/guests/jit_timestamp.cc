// RDTSC and RDTSCP in code that comes into executable memory where no call shows it, and is overwritten: they read
// virtual time in every thread, those from before it too, in a child, and after an exec.
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <semaphore>
#include <thread>

#include "machine_code.h"

namespace {

// Runs the code and leaves no trace of it. What it says lies between two reads of the clock, at 2 GHz.
unsigned long long RunOnce(unsigned char* memory, const Code& code) {
  const auto clock = [] {
    timespec now;
    MUST(clock_gettime(CLOCK_MONOTONIC, &now));
    return (static_cast<unsigned long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec) * 2;
  };
  const Function function = Put(memory, code);
  const unsigned long long before = clock(), stamp = function(), after = clock();
  std::memset(memory, 0xc3, code.size());
  CHECK(before <= stamp);
  CHECK(stamp <= after);
  return stamp;
}

}  // namespace

int main(int argc, char** argv) {
  std::binary_semaphore ready(0);
  unsigned char* memory = nullptr;
  unsigned long long early = 0;
  std::thread waiting([&] {
    ready.acquire();
    early = RunOnce(memory, kStamp);
  });
  usleep(1000);  // it waits
  memory = Memory(kPage, PROT_READ | PROT_WRITE | PROT_EXEC);
  const unsigned long long first = RunOnce(memory, kStamp), with_cpu = RunOnce(memory, kStampWithCpu);
  ready.release();
  waiting.join();
  unsigned long long late = 0;
  std::thread([&] { late = RunOnce(memory, kStamp); }).join();
  say("%d: %llu %llu %llu %llu", argc, first, with_cpu, early, late);
  const pid_t child = MUST(fork());
  if (child == 0) {
    say("child: %llu", RunOnce(memory, kStamp));
    _exit(0);
  }
  int status = 0;
  MUST(waitpid(child, &status, 0));
  CHECK_EQ(status, 0);
  if (argc == 1) MUST(execl("/proc/self/exe", argv[0], "again", nullptr));
}
