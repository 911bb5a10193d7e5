// SweepCoverage: what the runs of a sweep have put their nodes through, all together (sim/coverage.h has the terms).
// What it tells depends on the seeds that ended, not on the order in which they did. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/coverage.h"
#include "tools/run/run.h"

namespace gyre {

// The faults that runs of `config` may have, as Coverage names them, sorted.
std::vector<std::string> PossibleFaults(const RunConfig& config);

class SweepCoverage {
 public:
  // A pair is new if none but the last so many seeds, by number, had it.
  static constexpr size_t kLastSeeds = 100;

  // What may be seen: known of a sweep's options, not of its results alone.
  void Expect(std::vector<std::string> faults) { possible_ = std::move(faults); }
  // Each seed once.
  void Add(uint64_t seed, const Coverage& coverage);

  // "41 pairs of message types (2 new in the last 100 seeds), faults: kill (2 of 4 kinds), loss"; empty: nothing seen.
  // Without the number of new ones as long as all seeds are among the last.
  std::string Text() const;
  // The possible faults that no seed had: "kill all, loss".
  std::string Unseen() const;
  // A line for each pair and each fault, those that the fewest seeds had first.
  std::string Table() const;

 private:
  struct Seen {
    uint64_t seeds = 0;
    uint64_t least_seed = 0;
  };
  static void Count(uint64_t seed, Seen* seen);
  size_t NewPairs() const;
  std::string FaultText() const;

  std::map<std::pair<std::string, std::string>, Seen> pairs_;
  std::map<std::string, Seen> faults_;
  std::optional<std::vector<std::string>> possible_;
  uint64_t seeds_ = 0;
  std::set<uint64_t> last_;  // the kLastSeeds greatest
};

}  // namespace gyre
