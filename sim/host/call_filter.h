// The seccomp program that each process of a node runs under: which of its calls stop, by the table (calls.h).
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace gyre {

struct FilterOptions {
  bool trap_stdout = false;   // for processes whose descriptor 1 is no longer the node's stdout: only adds writes
  bool watch_memory = false;  // what may fail for lack of memory stops too
  bool make_ids = false;      // what takes or tells ids stops too: there is no pid namespace
};
std::vector<sock_filter> MakeFilter(const FilterOptions& options);
// The program under which every call stops; and whether a call would stop under the other.
std::vector<sock_filter> MakeTracingFilter();
bool IsWatched(uint64_t nr, const uint64_t* args, const FilterOptions& options);

}  // namespace gyre
