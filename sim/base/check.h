// CHECK: a bug of ours stops the program at once, in every build.
//
// A failed CHECK prints the condition, the place, and the context line that the run has registered
// (seed, virtual time, the command that reproduces it), then exits with status 255. GYRE_ABORT=1 in the
// environment makes it abort instead, to leave a core. User errors are absl::Status, never CHECK.
#pragma once

#include <string>

namespace gyre {

// The line that a failed CHECK prints after the condition. `context` must return quickly and not fail.
// One per process, as one process runs one simulation; not thread-safe. nullptr clears it.
using CheckContext = std::string (*)();
void SetCheckContext(CheckContext context);

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line, const std::string& detail);

}  // namespace gyre

#define CHECK(condition)                                                          \
  do {                                                                            \
    if (__builtin_expect(!(condition), 0)) {                                      \
      ::gyre::CheckFailed(#condition, __FILE__, __LINE__, std::string());         \
    }                                                                             \
  } while (false)

// CHECK with a detail, any expression that makes a std::string; evaluated only on failure.
#define CHECK_THAT(condition, detail)                                             \
  do {                                                                            \
    if (__builtin_expect(!(condition), 0)) {                                      \
      ::gyre::CheckFailed(#condition, __FILE__, __LINE__, (detail));              \
    }                                                                             \
  } while (false)
