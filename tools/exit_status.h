// Exit statuses of gyre, as scripts and `git bisect run` see them. Plain values.
#pragma once

namespace gyre {

enum class ExitStatus : int {
  kValid = 0,
  kInvalid = 1,
  kUnknown = 2,
  kNotReproduced = 3,  // replay, --doublecheck, sweep
  kDisagrees = 4,      // check --expect
  kSkip = 125,         // replay --bisect: nothing can be said of this program
  kInterrupted = 130,  // Ctrl-C
  kUsage = 254,        // bad usage or environment
  kBug = 255,          // a CHECK failed
};

// Of two runs' statuses the one that the whole command ends with: 255, 130, 254, 3, 4, 1, 125, 2, 0 from worst to best.
// An interrupt beats all but our own bug, since what it cut off is not known.
constexpr ExitStatus Worst(ExitStatus a, ExitStatus b) {
  constexpr ExitStatus kFromWorst[] = {ExitStatus::kBug,           ExitStatus::kInterrupted, ExitStatus::kUsage,
                                       ExitStatus::kNotReproduced, ExitStatus::kDisagrees,   ExitStatus::kInvalid,
                                       ExitStatus::kSkip,          ExitStatus::kUnknown,     ExitStatus::kValid};
  for (const ExitStatus status : kFromWorst) {
    if (a == status || b == status) return status;
  }
  return a;
}

}  // namespace gyre
