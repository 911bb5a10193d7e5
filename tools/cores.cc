#include "tools/cores.h"

#include <sched.h>

namespace gyre {

const std::vector<int>& AllowedCores() {
  static const std::vector<int>* const cores = [] {
    auto* found = new std::vector<int>;  // never destroyed
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
      for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(core, &set)) found->push_back(core);
      }
    }
    if (found->empty()) found->push_back(0);
    return found;
  }();
  return *cores;
}

int OtherCore() {
  const int current = sched_getcpu();
  for (const int core : AllowedCores()) {
    if (core != current) return core;
  }
  return AllowedCores().front();
}

}  // namespace gyre
