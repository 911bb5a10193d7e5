#include "tools/trials.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/base/concat.h"
#include "tools/console.h"
#include "tools/cores.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/sweep_pool.h"

namespace gyre {
namespace {

constexpr size_t kWhatColumns = 150;
constexpr char kNoSuccess[] = "no-success";  // the stats checker's

// [key, value], as in lin-kv, or micro-operations [f, key, value].
std::vector<std::string> ObjectsOf(const Json& value) {
  std::vector<std::string> objects;
  if (!value.is_array() || value.AsArray().empty()) return objects;
  if (!value.AsArray()[0].is_array()) return {value.AsArray()[0].Dump()};
  for (const Json& each : value.AsArray()) {
    if (each.is_array() && each.AsArray().size() > 1) objects.push_back(each.AsArray()[1].Dump());
  }
  return objects;
}

// Listens to a run and names its decisions.
class Namer {
 public:
  explicit Namer(const RunConfig& config) : config_(config) {}

  void Listen(RunSurroundings* surroundings) {
    surroundings->sent = [this](const Message& message, const Roster& roster) {
      of_client_ = roster.role(message.src) == NodeRole::kClient || roster.role(message.dest) == NodeRole::kClient;
      message_ = Concat(roster.name(message.src), " -> ", roster.name(message.dest), " ", message.body);
    };
    surroundings->decided = [this](const Decision& decision) {
      const bool of_message = decision.kind == "delay" || decision.kind == "loss";
      decisions_.push_back(
          {decision, of_message ? Shortened(message_, kWhatColumns) : "", of_message && of_client_});
    };
  }

  // When the run has ended: an operation was decided on just before it was invoked, so they are in one order.
  std::vector<NamedDecision> Take(const RunResult& result) {
    const std::vector<Op>& ops = result.simulation.history.ops();
    size_t at = 0;
    for (NamedDecision& named : decisions_) {
      if (named.decision.kind != "operation" || named.decision.value == 0) continue;
      while (at < ops.size() && (ops[at].type != OpType::kInvoke || ops[at].process == kNemesis)) ++at;
      if (at == ops.size()) break;
      const Op& op = ops[at];
      const size_t thread = static_cast<size_t>(op.process.value()) % config_.concurrency;
      named.what =
          Shortened(Concat("process ", op.process.value(), " at ", config_.nodes[thread % config_.nodes.size()], " ",
                           op.f.text(), " ", op.value.Dump()),
                    kWhatColumns);
      named.process = op.process.value();
      named.objects = ObjectsOf(op.value);
      named.position = static_cast<int64_t>(at++);
    }
    return std::move(decisions_);
  }

 private:
  const RunConfig& config_;
  std::string message_;     // the last that was sent
  bool of_client_ = false;  // that one
  std::vector<NamedDecision> decisions_;
};

Json ToJson(const NamedDecision& named) {
  Json::Array json{named.decision.kind, named.decision.key, named.decision.value, named.decision.at,
                   named.what,          named.of_client,    named.position,       named.process};
  for (const std::string& object : named.objects) json.push_back(object);
  return json;
}

NamedDecision NamedFromJson(const Json& json) {
  const Json::Array& parts = json.AsArray();
  NamedDecision named{{parts[0].AsString(), parts[1].AsString(), parts[2].AsInt(), parts[3].AsInt()},
                      parts[4].AsString(),
                      parts[5].AsBool(),
                      parts[6].AsInt(),
                      parts[7].AsInt()};
  for (size_t i = 8; i < parts.size(); ++i) named.objects.push_back(parts[i].AsString());
  return named;
}

// In a child.
std::string RunAndSend(const RunConfig& config, int core, bool named) {
  RunSurroundings surroundings;
  surroundings.core = core;
  surroundings.command = ShellCommand(config);
  Namer namer(config);
  if (named) namer.Listen(&surroundings);
  const absl::StatusOr<RunResult> result = Run(config, surroundings);
  if (!result.ok()) return Json::ObjectOf({{"failure", std::string(result.status().message())}}).Dump();
  Json::Array decisions;
  Json::Array witness;
  if (named) {
    for (const NamedDecision& each : namer.Take(*result)) decisions.push_back(ToJson(each));
    if (!result->anomalies.empty()) {
      for (const int64_t position : NamedOperations(result->anomalies[0].witness)) witness.push_back(position);
    }
  }
  const RunSummary summary = Summarize(config, *result);
  return Json::ObjectOf({{"result", ToJson(summary)},
                         {"at_end", summary.at_end},
                         {"zero", result->simulation.history_zero.ns()},
                         {"witness", std::move(witness)},
                         {"decisions", std::move(decisions)}})
      .Dump();
}

absl::StatusOr<Trial> Receive(const SweepPool::Ended& ended) {
  const absl::StatusOr<Json> json = ParseJson(ended.line);
  if (!json.ok()) return absl::InternalError("a run of the search was ended by a bug in gyre; its message is above");
  if (const Json* failure = json->Find("failure")) return absl::FailedPreconditionError(failure->AsString());
  absl::StatusOr<RunSummary> summary = SummaryFromJson(*json->Find("result"));
  if (!summary.ok()) return summary.status();
  Trial trial;
  trial.summary = *std::move(summary);
  trial.summary.at_end = json->Find("at_end")->AsBool();
  for (const Json& each : json->Find("decisions")->AsArray()) trial.decisions.push_back(NamedFromJson(each));
  trial.history_zero = Instant(json->Find("zero")->AsInt());
  for (const Json& each : json->Find("witness")->AsArray()) trial.witness.push_back(each.AsInt());
  return trial;
}

}  // namespace

bool FailsLike(const RunSummary& failure, const RunSummary& run) {
  return run.valid == Validity::kInvalid && run.anomaly == failure.anomaly && run.site == failure.site &&
         (run.at_end || !failure.at_end);
}

bool Reaches(Bar bar, const RunSummary& failure, const RunSummary& run) {
  switch (run.valid) {
    case Validity::kValid:
      return true;
    case Validity::kUnknown:
      return (bar == Bar::kShowsNothing && run.reason == ToString(EndReason::kCompleted)) ||
             (run.anomaly == kNoSuccess && failure.anomaly != kNoSuccess);
    case Validity::kInvalid:
      return run.anomaly == kNoSuccess && failure.anomaly != kNoSuccess;
  }
  return false;
}

RunConfig WithOverrides(const RunConfig& config, std::string_view kind, const std::vector<Decision>& overrides) {
  RunConfig changed = config;
  std::erase_if(changed.overrides, [&](const Decision& each) { return each.kind == kind; });
  changed.overrides.insert(changed.overrides.end(), overrides.begin(), overrides.end());
  return changed;
}

std::vector<Decision> OverridesOf(const RunConfig& config, std::string_view kind) {
  std::vector<Decision> overrides;
  for (const Decision& each : config.overrides) {
    if (each.kind == kind) overrides.push_back(each);
  }
  return overrides;
}

Trials::Trials(size_t jobs, Clock::time_point deadline)
    : jobs_(jobs == 0 ? AllowedCores().size() : jobs), deadline_(deadline), phase_deadline_(deadline) {}

void Trials::BeginPhase(double share) {
  const Clock::time_point now = Clock::now();
  const auto part = std::chrono::duration<double>(deadline_ - now) * share;
  phase_deadline_ = share < 1 && deadline_ != Clock::time_point::max()
                        ? now + std::chrono::duration_cast<Clock::duration>(part)
                        : deadline_;
}

bool Trials::stopped() const { return Interrupted() || Clock::now() >= phase_deadline_; }

absl::StatusOr<Trial> Trials::Once(const RunConfig& config) {
  SweepPool pool(1, [&](uint64_t, int core) { return RunAndSend(config, core, true); });
  if (absl::Status status = pool.Start(0); !status.ok()) return status;
  SweepPool::Ended ended;
  while (!pool.WaitOne(&ended)) {
    if (Interrupted()) return absl::CancelledError("Interrupted.");
  }
  ++runs_;
  if (progress) progress();
  return Receive(ended);
}

std::optional<size_t> Trials::First(size_t count, absl::FunctionRef<RunConfig(size_t i)> make,
                                    absl::FunctionRef<bool(const RunSummary& summary)> wanted) {
  SweepPool pool(jobs_, [&](uint64_t i, int core) { return RunAndSend(make(i), core, false); });
  std::optional<size_t> best;
  size_t next = 0;
  std::vector<size_t> open;  // begun and not ended
  while (!stopped()) {
    // Those behind one that will do need not be known.
    const bool waits = best.has_value() && std::none_of(open.begin(), open.end(), [&](size_t i) { return i < *best; });
    if (waits) return best;
    if (next < count && !best.has_value() && !pool.full()) {
      if (!pool.Start(next).ok()) break;
      open.push_back(next++);
      continue;
    }
    if (pool.idle()) break;
    SweepPool::Ended ended;
    if (!pool.WaitOne(&ended)) continue;
    ++runs_;
    if (progress) progress();
    std::erase(open, ended.seed);
    const absl::StatusOr<Trial> trial = Receive(ended);
    if (trial.ok() && wanted(trial->summary) && (!best.has_value() || ended.seed < *best)) best = ended.seed;
  }
  return best;
}

std::vector<RunSummary> Trials::All(size_t count, absl::FunctionRef<RunConfig(size_t i)> make) {
  SweepPool pool(jobs_, [&](uint64_t i, int core) { return RunAndSend(make(i), core, false); });
  std::map<size_t, RunSummary> ended_runs;
  size_t next = 0;
  while (!stopped() && (next < count || !pool.idle())) {
    if (next < count && !pool.full()) {
      if (!pool.Start(next++).ok()) break;
      continue;
    }
    SweepPool::Ended ended;
    if (!pool.WaitOne(&ended)) continue;
    ++runs_;
    if (progress) progress();
    if (absl::StatusOr<Trial> trial = Receive(ended); trial.ok()) ended_runs[ended.seed] = std::move(trial->summary);
  }
  std::vector<RunSummary> summaries;
  for (auto& [i, summary] : ended_runs) summaries.push_back(std::move(summary));
  return summaries;
}

}  // namespace gyre
