// SweepPool: child processes, one a simulation, several at a time, each on a core of its own. What a child finds comes
// back through a pipe as one JSON line; a child that dies by a CHECK costs its seed and nothing else. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace gyre {

class SweepPool {
 public:
  // What a child does: runs `seed` on `core` and returns the line to send. It runs in the child only.
  using Work = std::function<std::string(uint64_t seed, int core)>;

  // How a child ended.
  struct Ended {
    uint64_t seed = 0;
    int wait_status = 0;  // as of waitpid
    std::string line;     // what it sent, without newline; empty when it died
  };

  // REQUIRES: size > 0.
  SweepPool(size_t size, Work work);
  // Kills what still runs; the nodes of a killed child die with it.
  ~SweepPool();
  SweepPool(const SweepPool&) = delete;
  SweepPool& operator=(const SweepPool&) = delete;

  bool full() const { return running_.size() == size_; }
  bool idle() const { return running_.empty(); }
  // REQUIRES: !full().
  absl::Status Start(uint64_t seed);
  // Waits for a child to end. False when a signal came first. REQUIRES: !idle().
  bool WaitOne(Ended* ended);
  // Children's process ids, for what they left behind.
  std::vector<pid_t> Running() const;
  // Kills all children and waits for them.
  void KillAll();

 private:
  struct Child {
    pid_t pid;
    int pipe;
    int core;
    uint64_t seed;
    std::string received;
  };
  int FreeCore() const;

  const size_t size_;
  const Work work_;
  std::vector<Child> running_;
};

}  // namespace gyre
