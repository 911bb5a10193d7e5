// The event loop. A run's life: every node starts and gets init from the harness (c0), then the workload's setup;
// the main phase, with the faults of the plan; if the workload has a final phase, all is healed, a pause in which the
// system recovers, and then that; the end.
#include "sim/simulation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/client_threads.h"
#include "sim/envelope.h"
#include "sim/event_queue.h"
#include "sim/harness.h"
#include "sim/servers.h"
#include "sim/transit.h"

namespace gyre {
namespace {

constexpr uint64_t kProgressEvery = 4096;  // events

Instant current_virtual_time;

// c0, c1, ... are the clients' names.
bool IsClientName(const std::string& name) {
  return name.size() > 1 && name[0] == 'c' && name.find_first_not_of("0123456789", 1) == std::string::npos;
}

absl::Status CheckNames(const std::vector<std::string>& names) {
  absl::flat_hash_set<std::string> seen;
  for (const std::string& name : names) {
    if (name.empty()) return absl::InvalidArgumentError("a node's name is empty: give every node a name");
    if (IsClientName(name)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the node name \"", name, "\" is taken: c0, c1, ... are the clients; choose another, such as n1"));
    }
    if (!seen.insert(name).second) {
      return absl::InvalidArgumentError(absl::StrCat("the node name \"", name, "\" is given twice: names must differ"));
    }
  }
  return absl::OkStatus();
}

class Simulation {
 public:
  Simulation(const SimulationConfig& config, std::vector<std::unique_ptr<Node>>& nodes, SimulationLoad load,
             const SimulationHooks& hooks)
      : config_(config),
        hooks_(hooks),
        final_generator_(std::move(load.final_generator)),
        main_generator_(std::move(load.generator)),
        transit_(config.network, &hooks, &queue_),
        findings_(hooks.journal),
        servers_(&config, &nodes, &hooks, &queue_, &transit_, &findings_),
        harness_(&config, std::move(load.setup), &queue_, &transit_, &servers_, &findings_),
        clients_(&config, std::move(load.client), servers_.node_ids(), hooks.decisions, &queue_, &transit_,
                 &findings_) {}

  absl::StatusOr<SimulationResult> Run();

 private:
  enum class Phase : uint8_t { kInit, kSetup, kMain, kRecovery, kFinal, kEnd };

  void Dispatch(Instant now, const Event& event);
  void Arrive(Instant now, uint32_t slot);
  void OnFault(Instant now);
  void Apply(const Fault& fault, Instant now);
  Json ApplyToNodes(const Fault& fault, Instant now);
  void OnHarnessProgress(Instant now);
  void OnClientsStep(Instant now);
  void Enter(Phase phase, Instant now);
  void End(EndReason reason, std::string text, Instant now);
  void CheckBudgets(Instant now);
  SimulationResult Result();

  const SimulationConfig& config_;
  const SimulationHooks& hooks_;
  GeneratorPtr final_generator_;
  GeneratorPtr main_generator_;
  EventQueue queue_;
  Transit transit_;
  Findings findings_;
  Servers servers_;
  Harness harness_;
  ClientThreads clients_;

  Phase phase_ = Phase::kInit;
  AlarmId fault_alarm_ = queue_.MakeAlarm("nemesis", ApplyFault{});
  size_t next_fault_ = 0;
  std::set<std::string> took_place_;  // faults, as Coverage names them
  std::string partition_;             // the same of a partition that has kept no message back yet
  Instant history_zero_;
  Instant end_;
  EndReason reason_ = EndReason::kCompleted;
  std::string end_text_;
  absl::Status machine_;          // what it could not do
  uint64_t events_ = 0;
  Instant instant_;               // of the last event, and
  uint64_t events_at_instant_ = 0;  // how many there were at it
};

absl::StatusOr<SimulationResult> Simulation::Run() {
  Enter(Phase::kInit, Instant());
  if (absl::Status started = servers_.Start(Instant()); !started.ok()) {
    servers_.EndAll(Instant());
    return started;
  }
  harness_.SendInit(Instant());
  while (phase_ != Phase::kEnd) {
    // Clients have time-outs and phases have ends, so something always lies ahead.
    CHECK_THAT(!queue_.empty(), "the run waits for nothing");
    if (queue_.NextTime() > hooks_.until) {
      if (hooks_.at_until) hooks_.at_until();
      End(EndReason::kInterrupted, absl::StrCat("it was to stop at ", ToString(hooks_.until)), hooks_.until);
      break;
    }
    const auto [now, event] = queue_.PopNext();
    current_virtual_time = now;
    ++events_;
    events_at_instant_ = now == instant_ ? events_at_instant_ + 1 : 1;
    instant_ = now;
    Dispatch(now, event);
    CheckBudgets(now);
    if (hooks_.progress && events_ % kProgressEvery == 0) {
      hooks_.progress({now, clients_.operations(), transit_.sent()});
    }
  }
  servers_.EndAll(end_);
  if (!machine_.ok()) return machine_;
  return Result();
}

void Simulation::Dispatch(Instant now, const Event& event) {
  struct Visitor {
    Simulation* simulation;
    Instant now;
    void operator()(const ApplyFault&) { simulation->OnFault(now); }
    void operator()(const Deliver& deliver) { simulation->Arrive(now, deliver.slot); }
    void operator()(const WakeNode& wake) {
      // A node that died will not answer.
      if (simulation->servers_.Wake(wake.node, now)) simulation->OnHarnessProgress(now);
    }
    void operator()(const TimeOut& timeout) {
      if (timeout.thread != kHarnessThread) return simulation->clients_.OnTimeout(timeout.thread, now);
      simulation->harness_.OnTimeout(now);
      simulation->OnHarnessProgress(now);
    }
    void operator()(const StepClients&) { simulation->OnClientsStep(now); }
  };
  std::visit(Visitor{this, now}, event);
}

void Simulation::Arrive(Instant now, uint32_t slot) {
  if (!transit_.Admit(slot, now)) {
    if (!partition_.empty()) took_place_.insert(std::exchange(partition_, ""));
    return;
  }
  const NodeId dest = transit_.at(slot).dest;
  if (dest.value() < servers_.size()) return servers_.Arrive(slot, now);
  transit_.Receive(slot, now);
  if (dest == harness_.endpoint()) {
    harness_.OnMessage(slot, now);
    OnHarnessProgress(now);
  } else {
    clients_.OnMessage(slot, now);
  }
  transit_.Release(slot);
}

void Simulation::OnFault(Instant now) {
  Apply(config_.faults[next_fault_++], now);
  if (next_fault_ < config_.faults.size()) {
    queue_.SetAlarm(fault_alarm_, std::max(now, history_zero_ + config_.faults[next_fault_].at));
  }
}

void Simulation::Apply(const Fault& fault, Instant now) {
  const std::string text = ToJson(fault).Dump();
  JournalRecord record;
  record.kind = JournalRecord::Kind::kFault;
  record.time = now;
  record.text = text;
  hooks_.journal->Append(record);
  const std::string_view f = ToString(fault.type);
  switch (fault.type) {
    case FaultType::kKill:
    case FaultType::kPause:
      return clients_.RecordNemesis(f, fault.kind, ApplyToNodes(fault, now), now);
    case FaultType::kResume:
    case FaultType::kStart:
      return clients_.RecordNemesis(f, "all", ApplyToNodes(fault, now), now);
    case FaultType::kStartPartition:
      transit_.Partition(fault.grudge);
      partition_ = FaultName(fault);
      return clients_.RecordNemesis(f, fault.kind, Json::Array{"isolated", ToJson(fault.grudge)}, now);
    case FaultType::kStopPartition:
      transit_.Heal();
      return clients_.RecordNemesis(f, Json(), "network-healed", now);
  }
}

// What became of which node; those that it did not concern are left out.
Json Simulation::ApplyToNodes(const Fault& fault, Instant now) {
  Json::Object done;
  for (uint32_t i = 0; i < config_.nodes.size(); ++i) {
    const std::string& name = config_.nodes[i];
    const bool named = std::find(fault.nodes.begin(), fault.nodes.end(), name) != fault.nodes.end();
    if (fault.type == FaultType::kKill && named && servers_.Kill(i, now)) done.emplace_back(name, "killed");
    if (fault.type == FaultType::kPause && named && servers_.Pause(i, now)) done.emplace_back(name, "paused");
    if (fault.type == FaultType::kResume && servers_.Resume(i, now)) done.emplace_back(name, "resumed");
    if (fault.type != FaultType::kStart) continue;
    const absl::StatusOr<bool> started = servers_.Restart(i, fault.files, now);
    if (!started.ok()) {
      machine_ = started.status();
      End(EndReason::kCompleted, "", now);
      break;
    }
    if (!*started) continue;
    harness_.Revive(i, now);
    done.emplace_back(name, fault.files == Files::kKept ? "started" : "started-empty");
  }
  if (!done.empty() && !FaultName(fault).empty()) took_place_.insert(FaultName(fault));
  return done;
}

void Simulation::OnHarnessProgress(Instant now) {
  if (phase_ > Phase::kSetup) return;
  switch (harness_.state()) {
    case Harness::State::kWaiting:
      return;
    case Harness::State::kFailed:
      return End(EndReason::kSetupFailed, harness_.failure(), now);
    case Harness::State::kDone:
      if (phase_ == Phase::kInit) {
        phase_ = Phase::kSetup;
        harness_.SendSetup(now);
        return OnHarnessProgress(now);  // there may be nothing to set up
      }
      return Enter(Phase::kMain, now);
  }
}

void Simulation::OnClientsStep(Instant now) {
  if (phase_ == Phase::kRecovery) Enter(Phase::kFinal, now);
  if (!clients_.Step(now)) return;
  if (phase_ == Phase::kMain && final_generator_ != nullptr) {
    Enter(Phase::kRecovery, now);
  } else {
    End(EndReason::kCompleted, "", now);
  }
}

void Simulation::Enter(Phase phase, Instant now) {
  phase_ = phase;
  JournalRecord record;
  record.kind = JournalRecord::Kind::kPhase;
  record.time = now;
  switch (phase) {
    case Phase::kInit:
    case Phase::kSetup:
      record.text = "setup";
      break;
    case Phase::kMain:
      record.text = "main";
      history_zero_ = now;
      clients_.SetZero(now);
      clients_.StartPhase(std::move(main_generator_), now);
      if (!config_.faults.empty()) queue_.SetAlarm(fault_alarm_, now + config_.faults.front().at);
      break;
    case Phase::kRecovery:
      record.text = "recovery";
      queue_.ClearAlarm(fault_alarm_);
      for (const Fault& heal : Healing(config_.faults, now - history_zero_)) Apply(heal, now);
      clients_.StartPhase(std::move(final_generator_), now + config_.recovery);
      break;
    case Phase::kFinal:
      record.text = "final";
      break;
    case Phase::kEnd:
      record.text = "end";
      break;
  }
  hooks_.journal->Append(record);
}

void Simulation::End(EndReason reason, std::string text, Instant now) {
  if (phase_ == Phase::kEnd) return;
  reason_ = reason;
  end_text_ = std::move(text);
  end_ = now;
  Enter(Phase::kEnd, now);
}

void Simulation::CheckBudgets(Instant now) {
  if (hooks_.interrupted != nullptr && *hooks_.interrupted != 0) {
    End(EndReason::kInterrupted, "a signal asked for it; what was seen until then is kept", now);
  } else if (servers_.stuck().has_value()) {
    End(EndReason::kStuck, *servers_.stuck(), now);
  } else if (transit_.sent() >= config_.max_messages) {
    End(EndReason::kMessageLimit,
        absl::StrCat("the run had sent ", transit_.sent(), " messages at ", ToString(now), ", its limit; ",
                     servers_.BusiestSender(),
                     ". Look for messages that call forth each other without end, or raise --max-messages."),
        now);
  } else if (events_at_instant_ >= config_.max_events_at_one_instant) {
    End(EndReason::kLivelock,
        absl::StrCat(events_at_instant_, " events happened at ", ToString(now), " and time did not move on; ",
                     servers_.BusiestSender(), ". Give messages a delay (--jitter, --latency)."),
        now);
  }
}

SimulationResult Simulation::Result() {
  SimulationResult result;
  absl::StatusOr<History> history = History::Make(clients_.TakeOps());
  CHECK_THAT(history.ok(), history.status().ToString());
  result.history = *std::move(history);
  result.history_zero = history_zero_;
  result.end = end_;
  result.reason = reason_;
  result.end_text = std::move(end_text_);
  result.findings = findings_.Take(end_);
  result.net = transit_.stats();
  if (transit_.lost()) took_place_.insert("loss");
  result.coverage = {servers_.pairs().Sorted(), {took_place_.begin(), took_place_.end()}};
  result.events = events_;
  result.roster = transit_.roster();
  DigestStream digest;
  for (const Digest& part : {hooks_.journal->digest(), result.history.digest()}) {
    digest.Add(part.high);
    digest.Add(part.low);
  }
  result.digest = digest.Get();
  return result;
}

}  // namespace

std::string_view ToString(EndReason reason) {
  switch (reason) {
    case EndReason::kCompleted:
      return "completed";
    case EndReason::kSetupFailed:
      return "setup-failed";
    case EndReason::kMessageLimit:
      return "message-limit";
    case EndReason::kLivelock:
      return "livelock";
    case EndReason::kStuck:
      return "stuck";
    case EndReason::kInterrupted:
      return "interrupted";
  }
  CHECK(false);
}

Instant CurrentVirtualTime() { return current_virtual_time; }

absl::StatusOr<SimulationResult> Simulate(const SimulationConfig& config, std::vector<std::unique_ptr<Node>>& nodes,
                                          SimulationLoad load, const SimulationHooks& hooks) {
  CHECK(hooks.journal != nullptr && hooks.decisions != nullptr);
  CHECK(nodes.size() == config.nodes.size() + config.services.size() && !config.nodes.empty());
  CHECK(config.concurrency > 0 && load.generator != nullptr && load.client.make != nullptr);
  if (absl::Status names = CheckNames(config.nodes); !names.ok()) return names;
  return Simulation(config, nodes, std::move(load), hooks).Run();
}

}  // namespace gyre
