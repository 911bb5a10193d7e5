// What a sweep, or a test of several seeds, has seen: counts, failures in groups by anomaly with one replay command
// each, and the reports made of them. One thread. Memory: a few words a seed when `keep_all`, else only the groups.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/exit_status.h"
#include "tools/summary.h"
#include "tools/sweep_coverage.h"

namespace gyre {

// How one seed ended.
struct SweepOutcome {
  uint64_t seed = 0;
  ExitStatus status = ExitStatus::kUnknown;
  RunSummary summary;  // of a run that ended; only its seed is meant for kBug
  std::string text;    // in a line: what is wrong; empty when nothing is
  std::string replay;  // the command that does it again
  bool killed = false;  // from outside: it says nothing of the seed, which is still to be done
};

// The group of a failure: its anomaly's kind with the site of the crash if it is one, "not-reproduced" or
// "internal-error".
std::string GroupOf(const SweepOutcome& outcome);
inline bool IsFailure(const SweepOutcome& outcome) { return outcome.status != ExitStatus::kValid; }

class SweepReport {
 public:
  // `keep_all` for JUnit, which names every seed.
  explicit SweepReport(bool keep_all) : keep_all_(keep_all) {}

  void Add(const SweepOutcome& outcome);
  // Of the runs so far; who knows what faults were asked for tells it.
  SweepCoverage& coverage() { return coverage_; }
  uint64_t count() const { return count_; }
  uint64_t failures() const { return failures_; }
  // Failures so far of the group that `outcome` is of.
  uint64_t GroupSize(const SweepOutcome& outcome) const;
  // The worst of all; kValid at first.
  ExitStatus status() const { return status_; }

  // "3 failures in 2 groups; 41 pairs of message types, faults: loss"
  std::string Progress() const;
  // The lines at the end of a sweep.
  std::string Summary() const;
  // GitHub's annotations: a line for each group of failures.
  std::string GithubAnnotations(const std::string& workload) const;
  // A JUnit report: a test case for each seed. REQUIRES: keep_all.
  std::string JUnit(const std::string& workload) const;

 private:
  struct Group {
    uint64_t count = 0;
    uint64_t first_seed = 0;
    ExitStatus status = ExitStatus::kUnknown;
    std::string text;
    std::string replay;
  };
  struct Case {
    uint64_t seed;
    ExitStatus status;
    double wall_seconds;
    std::string group;  // of failures
    std::string text;
    std::string replay;
  };

  const bool keep_all_;
  uint64_t count_ = 0;
  uint64_t failures_ = 0;
  uint64_t doublechecked_ = 0;
  ExitStatus status_ = ExitStatus::kValid;
  SweepCoverage coverage_;
  std::map<ExitStatus, uint64_t> by_status_;
  std::map<std::string, Group> groups_;
  std::vector<Case> cases_;
};

// "seed 17  invalid  lost: element 14 ..." and the replay command below: what is printed when a seed fails.
std::string FormatFailure(const SweepOutcome& outcome);
// The line of --out.
std::string ToJsonLine(const SweepOutcome& outcome);

}  // namespace gyre
