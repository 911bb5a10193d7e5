#include "tools/run/run.h"

#include <chrono>
#include <memory>
#include <utility>

#include "checkers/availability.h"
#include "checkers/compose.h"
#include "checkers/exceptions.h"
#include "checkers/net.h"
#include "checkers/stats.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/host/host.h"
#include "sim/services/services.h"
#include "tools/run/registry.h"
#include "tools/run/run_files.h"

namespace gyre {
namespace {

// What a failed CHECK says of the run under way.
struct UnderWay {
  uint64_t seed = 0;
  Instant now;
  std::string command;
};
UnderWay* under_way = nullptr;  // one a process, like the simulation

std::string DescribeUnderWay() {
  std::string text = Concat("seed ", under_way->seed, ", at or after virtual time ", ToString(under_way->now));
  if (!under_way->command.empty()) text += Concat("; again: ", under_way->command);
  return text;
}

// Registers the run for as long as it lives.
class CheckScope {
 public:
  explicit CheckScope(UnderWay run) : run_(std::move(run)) {
    under_way = &run_;
    SetCheckContext(DescribeUnderWay);
  }
  ~CheckScope() {
    SetCheckContext(nullptr);
    under_way = nullptr;
  }
  CheckScope(const CheckScope&) = delete;
  CheckScope& operator=(const CheckScope&) = delete;
  void Reached(Instant now) { run_.now = now; }

 private:
  UnderWay run_;
};

HostConfig HostConfigOf(const RunConfig& config, const RunSurroundings& surroundings) {
  HostConfig host;
  host.seed = config.seed;
  host.bin = config.bin;
  host.args = config.args;
  host.env = config.env;
  host.service_time = config.service_time;
  host.step_wall_limit = config.step_wall_limit;
  host.max_threads = static_cast<uint32_t>(config.max_threads);
  host.max_output_bytes = config.max_output_bytes;
  host.private_bytes = config.private_bytes;
  host.memory_bytes = config.max_memory << 20;
  host.allow_network = config.allow_network;
  host.keep_calls = surroundings.keep_calls;
  host.core = surroundings.core;
  host.differ = surroundings.differ;
  host.interrupted = surroundings.interrupted;
  host.trace_node = surroundings.trace_node;
  host.trace = surroundings.console;
  if (surroundings.keep_files && !surroundings.directory.empty()) {
    host.keep_files = Concat(surroundings.directory, "/", kNodeFiles);
  }
  return host;
}

SimulationConfig SimulationConfigOf(const RunConfig& config) {
  SimulationConfig simulation;
  simulation.seed = config.seed;
  simulation.nodes = config.nodes;
  simulation.concurrency = config.concurrency;
  simulation.network = config.network;
  simulation.faults = config.faults;
  for (const ServiceRow& service : Services()) simulation.services.emplace_back(service.name);
  simulation.max_messages = config.max_messages;
  simulation.max_line_bytes = config.max_line_bytes;
  return simulation;
}

ServiceOptions ServiceOptionsOf(const RunConfig& config) {
  ServiceOptions options;
  options.seed = config.seed;
  options.service_time = config.service_time;
  options.seq_kv_states = config.seq_kv_staleness;
  options.lww_kv_replicas = config.lww_kv_replicas;
  return options;
}

WorkloadOptions WorkloadOptionsOf(const RunConfig& config) {
  WorkloadOptions options;
  options.nodes = config.nodes;
  options.concurrency = config.concurrency;
  options.time_limit = config.time_limit;
  options.rate = config.rate;
  options.topology = config.topology;
  options.mean_latency = config.network.latency;
  options.txn = config.txn;
  options.parity_maelstrom = config.parity == "maelstrom";
  return options;
}

SimulationHooks HooksOf(const RunConfig& config, const RunSurroundings& surroundings, RunFiles& files,
                        Decisions& decisions, CheckScope& scope) {
  SimulationHooks hooks;
  hooks.journal = &files.journal();
  hooks.decisions = &decisions;
  hooks.interrupted = surroundings.interrupted;
  hooks.progress = [&](const Progress& progress) {
    scope.Reached(progress.now);
    if (surroundings.progress) surroundings.progress(progress);
  };
  hooks.log = [&](size_t node, Instant time, std::string_view bytes) {
    files.Log(node, time, bytes);
    if (!surroundings.log_stderr || !surroundings.console) return;
    while (!bytes.empty() && bytes.back() == '\n') bytes.remove_suffix(1);
    for (size_t end = 0; end != std::string_view::npos;
         bytes.remove_prefix(end == std::string_view::npos ? 0 : end + 1)) {
      end = bytes.find('\n');
      surroundings.console(Concat(ToString(time), " ", config.nodes[node], ": ", bytes.substr(0, end)));
    }
  };
  const bool logs = (surroundings.log_net_send || surroundings.log_net_recv) && surroundings.console;
  if (logs || surroundings.sent) {
    hooks.net_log = [&surroundings, logs](bool send, Instant time, const Message& message, const Roster& roster) {
      if (send && surroundings.sent) surroundings.sent(message, roster);
      if (!logs || !(send ? surroundings.log_net_send : surroundings.log_net_recv)) return;
      surroundings.console(Concat(ToString(time), send ? " send " : " recv ", roster.name(message.src), " -> ",
                                  roster.name(message.dest), " ", message.body));
    };
  }
  return hooks;
}

MessageCounts CountsOf(const NetCounts& counts) { return {counts.send, counts.recv, counts.messages}; }

CheckOptions CheckOptionsOf(const RunConfig& config) {
  CheckOptions options;
  options.parity = config.parity == "maelstrom" ? Parity::kMaelstrom : Parity::kOurs;
  options.nodes = config.nodes;
  options.concurrency = config.concurrency;
  options.consistency_models = config.consistency_models;
  return options;
}

// The verdict of the checkers, in Maelstrom's map; what the workload's own checker found comes first.
Verdict Judge(const RunConfig& config, const WorkloadRow& row, const AvailabilityGoal& goal,
              const SimulationResult& simulation) {
  const CheckOptions options = CheckOptionsOf(config);
  const History& history = simulation.history;
  const NetTraffic traffic{CountsOf(simulation.net.all), CountsOf(simulation.net.clients),
                           CountsOf(simulation.net.servers)};
  Verdict workload = row.check(history, options);
  std::vector<Anomaly> anomalies = workload.anomalies;
  workload.anomalies.clear();
  Verdict all = Compose({{"stats", CheckStats(history, options)},
                         {"availability", CheckAvailability(history, goal, options.parity)},
                         {"exceptions", CheckExceptions(history)},
                         {"net", CheckNet(history, traffic)},
                         {"workload", std::move(workload)}});
  anomalies.insert(anomalies.end(), all.anomalies.begin(), all.anomalies.end());
  all.anomalies = std::move(anomalies);
  return all;
}

// What the way the run went says of it, whatever the clients saw.
Validity ValidityOf(const SimulationResult& simulation) {
  Validity valid = Validity::kValid;
  switch (simulation.reason) {
    case EndReason::kCompleted:
      break;
    case EndReason::kSetupFailed:
      valid = Validity::kInvalid;
      break;
    case EndReason::kMessageLimit:
    case EndReason::kLivelock:
    case EndReason::kStuck:
    case EndReason::kInterrupted:
      valid = Validity::kUnknown;
      break;
  }
  for (const RunFinding& finding : simulation.findings) {
    if (finding.invalidates) valid = Validity::kInvalid;
  }
  return valid;
}

Json AnomaliesOf(const Verdict& verdict) {
  Json::Array anomalies;
  for (const Anomaly& anomaly : verdict.anomalies) {
    anomalies.push_back(Json::ObjectOf({{"kind", anomaly.kind}, {"text", anomaly.text}, {"witness", anomaly.witness}}));
  }
  return anomalies;
}

Json FindingsOf(const SimulationResult& simulation) {
  Json::Array findings;
  for (const RunFinding& finding : simulation.findings) {
    findings.push_back(Json::ObjectOf({{"time", finding.time.ns()},
                                       {"node", finding.node},
                                       {"kind", finding.kind},
                                       {"text", finding.text},
                                       {"invalidates", finding.invalidates}}));
  }
  return findings;
}

// Members of replies that the protocol does not name: allowed, and counted.
Json ExtraMembersOf(const ReplyCensus& census) {
  Json::Object members;
  for (const auto& [name, count] : census.extra_members) members.emplace_back(name, count);
  return members;
}

void Report(const Host& host, const RunConfig& config, RunResult* result) {
  DigestStream calls;
  for (uint32_t i = 0; i < config.nodes.size(); ++i) {
    const ProcessReport report = host.Report(i);
    result->nodes.push_back({config.nodes[i], report.call_digest, report.stops, report.calls, report.call_log});
    calls.Add(config.nodes[i]);
    calls.Add(report.call_digest.high);
    calls.Add(report.call_digest.low);
    if (report.leak.empty() || !result->leak.empty()) continue;
    result->grade = "leaky";
    result->leak = Concat(config.nodes[i], ": ", report.leak);
  }
  result->call_digest = calls.Get().Hex();
  result->manifest = host.Manifest();
}

}  // namespace

std::vector<Fault> FaultsOf(const RunConfig& config) {
  return PlanFaults(config.seed, config.nodes, config.nemesis, config.time_limit);
}

Verdict JudgeHistory(const RunConfig& config, const History& history) {
  const WorkloadRow* row = FindWorkload(config.workload);
  CHECK_THAT(row != nullptr, config.workload);
  return row->check(history, CheckOptionsOf(config));
}

absl::StatusOr<RunResult> Run(const RunConfig& config, const RunSurroundings& surroundings) {
  const WorkloadRow* row = FindWorkload(config.workload);
  if (row == nullptr) return absl::InvalidArgumentError(Concat("There is no workload ", config.workload, "."));
  const absl::StatusOr<AvailabilityGoal> goal = ParseAvailability(config.availability);
  if (!goal.ok()) return goal.status();
  Decisions* door = nullptr;  // open as soon as nodes run
  HostConfig host_config = HostConfigOf(config, surroundings);
  if (config.thread_schedule == "random") {
    host_config.choose = [&door](std::string_view kind, uint64_t key, Instant now, int64_t otherwise,
                                 absl::FunctionRef<int64_t(Draw&)> draw) {
      return door->Choose(kind, key, now, otherwise, draw);
    };
  }
  const absl::StatusOr<std::unique_ptr<Host>> host = Host::Create(std::move(host_config));
  if (!host.ok()) return host.status();
  std::vector<std::unique_ptr<Node>> nodes;
  for (uint32_t i = 0; i < config.nodes.size(); ++i) nodes.push_back((*host)->MakeNode(config.nodes[i], i));
  ServiceOptions service_options = ServiceOptionsOf(config);
  service_options.choose = [&door](uint64_t key, LocalInstant now, absl::FunctionRef<int64_t(Draw&)> draw) {
    return door->Choose("service", key, Instant(now.ns()), 0, draw);
  };
  for (const ServiceRow& service : Services()) nodes.push_back(service.make(service_options));

  RunFiles files(surroundings.directory, config.nodes);
  Decisions decisions(config.seed, config.overrides, [&](const Decision& decision) {
    files.Record(decision);
    if (surroundings.decided) surroundings.decided(decision);
  });
  door = &decisions;
  CheckScope scope({config.seed, Instant(), surroundings.command});
  const auto start = std::chrono::steady_clock::now();
  const WorkloadOptions options = WorkloadOptionsOf(config);
  Workload workload = row->make(options);
  const std::shared_ptr<const ReplyCensus> census = workload.census;
  SimulationHooks hooks = HooksOf(config, surroundings, files, decisions, scope);
  hooks.until = surroundings.until;
  if (surroundings.at_until) hooks.at_until = [&] { surroundings.at_until((*host)->LeaveStanding()); };
  absl::StatusOr<SimulationResult> simulation =
      Simulate(SimulationConfigOf(config), nodes, MakeLoad(options, std::move(workload)), hooks);
  if (!simulation.ok()) return simulation.status();

  RunResult result;
  result.simulation = *std::move(simulation);
  Verdict verdict = Judge(config, *row, *goal, result.simulation);
  // Of a run that was cut short the checkers have seen a part: what they miss may have been to come.
  if (ValidityOf(result.simulation) == Validity::kUnknown) verdict.valid = Validity::kUnknown;
  result.valid = Merge(verdict.valid, ValidityOf(result.simulation));
  result.results = std::move(verdict.details);
  result.results.Set("anomalies", AnomaliesOf(verdict));
  result.results.Set("findings", FindingsOf(result.simulation));
  if (census != nullptr) result.results.Set("extra-members", ExtraMembersOf(*census));
  result.results.Set("valid?", ToJson(result.valid));
  result.anomalies = std::move(verdict.anomalies);
  result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.files = files.Close();
  result.unmatched_overrides = decisions.Unmatched();
  Report(**host, config, &result);
  return result;
}

}  // namespace gyre
