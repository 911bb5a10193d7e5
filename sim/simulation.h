// Simulation: the one event loop. It moves messages between nodes and clients in virtual time, and returns the
// history, the journal's digest and why it ended. It knows no workload: the clients and the generator are values.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/base/digest.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"
#include "sim/client.h"
#include "sim/coverage.h"
#include "sim/fault_plan.h"
#include "sim/findings.h"
#include "sim/net/decisions.h"
#include "sim/generator.h"
#include "sim/history/journal.h"
#include "sim/history/op.h"
#include "sim/net/network.h"
#include "sim/node.h"

namespace gyre {

struct SimulationConfig {
  uint64_t seed = 0;
  std::vector<std::string> nodes;              // server names, in order
  std::vector<std::string> services;           // names of nodes that are no servers under test: no init, no faults
  uint32_t concurrency = 1;                    // client threads
  NetworkConfig network;
  uint64_t max_messages = 10'000'000;
  uint64_t max_events_at_one_instant = 1'000'000;
  size_t max_line_bytes = 16u << 20;
  Duration init_timeout = Seconds(10);
  Duration recovery = Seconds(10);             // virtual pause before the final phase
  // By time; applied while the main phase lasts. All is healed before the final phase.
  std::vector<Fault> faults;
};

// A request of the workload's setup, sent by the harness to each named node after init; its reply must have
// type `expect`. All are sent at once; the setup ends when all are answered.
struct SetupRequest {
  std::string node;
  Json body;
  std::string expect;
};

// What the workload brings. Consumed by the run.
struct SimulationLoad {
  ClientSpec client;
  GeneratorPtr generator;        // the main phase (time limit included)
  GeneratorPtr final_generator;  // nullptr: none
  std::vector<SetupRequest> setup;
};

enum class EndReason : uint8_t {
  kCompleted,     // the generator ended and every operation completed
  kSetupFailed,   // a node did not answer init or setup: see `end_text`
  kMessageLimit,  // max_messages
  kLivelock,      // max_events_at_one_instant
  kStuck,         // a step's wall limit: no digest
  kInterrupted,   // the caller's `interrupted` flag, or its `until`
};
std::string_view ToString(EndReason reason);

// Client operations' and messages' counts, as Maelstrom's net checker wants them.
struct NetCounts {
  uint64_t send = 0;
  uint64_t recv = 0;
  uint64_t messages = 0;  // distinct message ids seen
};
struct NetStats {
  NetCounts all, clients, servers;
};

struct SimulationResult {
  History history;
  Instant history_zero;       // when history time 0 was
  Instant end;                // virtual time at the end
  EndReason reason = EndReason::kCompleted;
  std::string end_text;       // a sentence for any reason but kCompleted
  std::vector<RunFinding> findings;
  NetStats net;
  Coverage coverage;
  uint64_t events = 0;
  Digest digest;              // of journal and history; absent meaning for kStuck and kInterrupted
  Roster roster;
};

// Called now and then (by event count, never by time) while the run goes on, for progress lines.
struct Progress {
  Instant now;
  uint64_t operations = 0;
  uint64_t messages = 0;
};

// What the simulation borrows; all must outlive the call. nullptr where optional.
struct SimulationHooks {
  JournalWriter* journal = nullptr;                    // required
  Decisions* decisions = nullptr;                      // required
  std::function<void(const Progress&)> progress;       // optional
  const volatile int* interrupted = nullptr;           // optional: non-zero ends the run
  // Optional: the run ends before its first event after `until`, when `at_until` has returned.
  Instant until = Instant::Max();
  std::function<void()> at_until;
  // Optional: a node's stderr and odd output, for node-logs.
  std::function<void(size_t node, Instant time, std::string_view bytes)> log;
  // Optional: each complete send and receive, for --log-net-send and --log-net-recv.
  std::function<void(bool send, Instant time, const Message& message, const Roster& roster)> net_log;
};

// Runs `load` on `nodes` (one for each name of config.nodes, then of config.services, not started). Nodes are killed at
// the end. An error is the user's or the machine's (a program that cannot be started); whatever the nodes do wrong is
// in the result.
absl::StatusOr<SimulationResult> Simulate(const SimulationConfig& config,
                                          std::vector<std::unique_ptr<Node>>& nodes, SimulationLoad load,
                                          const SimulationHooks& hooks);

// The virtual time of the run under way in this process, or of the last one: for the context line of a failed CHECK.
Instant CurrentVirtualTime();

}  // namespace gyre
