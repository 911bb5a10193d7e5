// Variation: how a sweep's runs differ beside their seeds. Swarms turn part of the trouble off, seed by seed, since
// much of it hides what little of it would show; ranges draw options. What is drawn follows from the seed alone, and
// is in each run's configuration. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/run/run.h"

namespace gyre {

// An option whose value is drawn from [low, high], in steps of 1 / scale.
struct OptionRange {
  std::string name;
  int64_t low = 0;
  int64_t high = 0;
  int64_t scale = 1;
};

// "node-count=1..7,latency=0..200". Errors are clauses.
absl::StatusOr<std::vector<OptionRange>> ParseRanges(const std::string& text);

// The words of the command line that `seed` draws: {"--latency", "57"}.
std::vector<std::string> VaryWords(const std::vector<OptionRange>& ranges, uint64_t seed);

// Turns off, each with even odds, what troubles a run: each kind of fault, latencies, loss, clients beyond one a node,
// transactions of more than one operation, thread switches out of turn. The faults are to be planned afterwards.
void TurnOffSome(uint64_t seed, RunConfig* config);

}  // namespace gyre
