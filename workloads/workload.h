// Workload: what is tested: the shapes of its requests and replies, its client, its generators, its setup.
// One pair of files each; tools/run's registry has one row each.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/rng.h"
#include "sim/base/time.h"
#include "sim/simulation.h"
#include "workloads/txn_generator.h"

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
  TxnLoad txn;
  bool parity_maelstrom = false;  // errors end operations as there, where we differ
};

// What was odd about the nodes' replies without being wrong. Filled while the run goes on.
struct ReplyCensus {
  // How often each member came that the protocol does not name: "read_ok.version" -> 12.
  std::map<std::string, uint64_t> extra_members;
};

// A workload made for one run.
struct Workload {
  std::string name;
  ClientSpec client;
  GeneratorPtr generator;              // operations without pause or end: MainPhase paces and ends them
  GeneratorPtr final_generator;        // nullptr: none
  std::vector<SetupRequest> setup;     // after init
  std::shared_ptr<const ReplyCensus> census;
};

// Stagger(1 / rate) under the time limit: how every workload's main phase is wrapped.
// REQUIRES: rate.den <= 10^9.
GeneratorPtr MainPhase(const WorkloadOptions& options, GeneratorPtr workload);

// The workload as the simulation takes it.
SimulationLoad MakeLoad(const WorkloadOptions& options, Workload workload);

}  // namespace gyre
