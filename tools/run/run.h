// Run: the one function in the middle. Everything else (test, replay, sweep, ...) is a combinator over it.
// The only place that joins workloads and checkers. No command line, no printing.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "checkers/verdict.h"
#include "sim/host/host.h"
#include "sim/simulation.h"
#include "workloads/txn_generator.h"

namespace gyre {

// A run, whole: nothing is looked up elsewhere after parsing. Written to run.json and read back.
struct RunConfig {
  uint64_t seed = 0;
  std::string workload = "lin-kv";
  std::string bin;  // absolute path of the node program
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  // the node's whole environment, sorted by name
  std::string parity;                                    // "" or "maelstrom"
  std::vector<std::string> nodes{"n1", "n2", "n3", "n4", "n5"};
  uint32_t concurrency = 5;
  Duration time_limit = Seconds(60);
  Ratio rate{5, 1};
  std::string topology = "grid";
  TxnLoad txn;
  std::vector<std::string> consistency_models{"strict-serializable"};
  std::string availability;  // "", "total" or a fraction as it was written
  NetworkConfig network;
  uint64_t seq_kv_staleness = 32;  // states that seq-kv may answer from
  uint64_t lww_kv_replicas = 2;
  NemesisOptions nemesis;
  std::vector<Fault> faults;  // what the nemesis does: FaultsOf the rest, or less
  Duration service_time = Microseconds(50);
  std::string thread_schedule = "fifo";  // or "random"
  uint64_t max_messages = 10'000'000;
  Duration step_wall_limit = Seconds(10);  // wall time: the watchdog only
  uint64_t max_threads = 1024;             // threads and processes of one node
  uint64_t max_memory = 0;                 // MiB of each process; 0: no limit
  bool allow_network = false;
  uint64_t max_output_bytes = 64u << 20;   // stdout of one step
  uint64_t max_line_bytes = 16u << 20;
  uint64_t private_bytes = 256u << 20;  // a node's private directory
  std::vector<Decision> overrides;
};

// Where a run's by-products go and how it is run; nothing here may change a record.
struct RunSurroundings {
  std::string directory;  // journal, node-logs and decisions go here as they come; empty: nowhere
  int core = -1;          // pin to this core; -1: the current one
  // Differ on purpose, for --doublecheck (semantics.md): reversed wait order, shifted descriptors, ...
  bool differ = false;
  bool keep_files = false;
  size_t keep_calls = 0;  // so many of each node's system calls, in the result
  bool log_stderr = false;
  bool log_net_send = false;
  bool log_net_recv = false;
  std::string command;  // a shell line that does this run again: a failed CHECK prints it
  std::function<void(const Progress&)> progress;
  std::function<void(std::string_view line)> console;  // lines of --log-*, as the nodes wrote them: not escaped
  // For searches: each decision that is not the default, and before those of a message the message.
  std::function<void(const Decision&)> decided;
  std::function<void(const Message& message, const Roster& roster)> sent;
  const volatile int* interrupted = nullptr;
  std::string trace_node;  // whose system calls are told to `console`; empty: nobody's
  // The run stops after that instant; the nodes' processes, stopped and let go, are told to `at_until`, which
  // returns when they may be killed.
  Instant until = Instant::Max();
  std::function<void(const std::vector<StandingProcess>& standing)> at_until;
};

struct NodeReport {
  std::string name;
  Digest call_digest;
  uint64_t stops = 0;  // ptrace stops: the cost
  uint64_t calls = 0;
  std::vector<LoggedCall> call_log = {};  // with keep_calls
};

struct RunResult {
  SimulationResult simulation;
  Validity valid = Validity::kUnknown;
  // Maelstrom's map: {stats, availability, exceptions, net, workload, valid?}, and "findings".
  Json results;
  std::vector<Anomaly> anomalies;
  // "exact", or "leaky" with `leak` naming the first leaking event.
  std::string grade = "exact";
  std::string leak;
  std::vector<NodeReport> nodes;
  std::string call_digest;  // one string over all nodes
  // The regular files that the nodes opened read-only or mapped: path and XXH3, sorted.
  std::vector<std::pair<std::string, std::string>> manifest;
  std::vector<Decision> unmatched_overrides;
  double wall_seconds = 0;  // from the first event to the verdict
  // Whether all that went to RunSurroundings.directory was written: a full disk costs the files, not the verdict.
  absl::Status files;
};

// The faults that the seed and the nemesis's options decide.
std::vector<Fault> FaultsOf(const RunConfig& config);

// What the workload's own checker says of a history, or of a part of one.
Verdict JudgeHistory(const RunConfig& config, const History& history);

// An error is the user's or the machine's: one sentence that says what, where, and what to do.
absl::StatusOr<RunResult> Run(const RunConfig& config, const RunSurroundings& surroundings);

}  // namespace gyre
