// Workload: what is tested: the shapes of its requests and replies, its client, its generators, its setup.
// One pair of files each; tools/run's registry has one row each.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/simulation.h"

namespace gyre {

// The options that workloads read, after parsing.
struct WorkloadOptions {
  std::vector<std::string> nodes;
  uint32_t concurrency = 1;
  Duration time_limit = Seconds(60);
  // Mean operations per second over all threads, as a Ratio of an exact decimal; 0: the generator only sleeps.
  Ratio rate{5, 1};
  std::string topology = "grid";
  Duration mean_latency;
};

// Stagger(1 / rate) on client threads under the time limit: how every workload's main phase is wrapped.
GeneratorPtr MainPhase(const WorkloadOptions& options, GeneratorPtr workload, GeneratorPtr nemesis);

}  // namespace gyre
