#include "tools/changes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr char kDelay[] = "delay";
constexpr char kLoss[] = "loss";
constexpr char kService[] = "service";
constexpr char kThread[] = "thread";
constexpr char kPreempt[] = "preempt";

// What became of a message, or what was drawn of threads and services.
struct Fate {
  bool lost = false;
  bool of_client = false;
  int64_t value = 0;  // delay, the thread's place in its queue, instructions until it is preempted, a state's age
  std::string what = {};
  int64_t at = 0;
};
using Fates = std::map<std::pair<std::string, std::string>, Fate>;  // by kind (a message's is delay) and key

Fates FatesOf(const Trial& trial) {
  Fates fates;
  for (const NamedDecision& named : trial.decisions) {
    const Decision& decision = named.decision;
    if (!IsChance(decision)) continue;
    const bool lost = decision.kind == kLoss;
    Fate& fate = fates[{lost ? kDelay : decision.kind, decision.key}];
    fate = {lost, named.of_client, lost ? 0 : decision.value, named.what, decision.at};
  }
  return fates;
}

std::string Words(const std::string& kind, const Fate& fate) {
  if (kind == kThread) return fate.value == 0 ? "in its turn" : Concat("out of turn by ", fate.value);
  if (kind == kPreempt) return fate.value == 0 ? "never" : Concat("after ", fate.value, " instructions");
  if (kind == kService) return fate.value == 0 ? "the newest" : Concat("number ", fate.value);
  return fate.lost ? "lost" : Concat("arrives after ", ToString(Instant(fate.value)));
}

std::string Subject(const std::string& kind, const Fate& fate) {
  const std::string when = Concat(" at ", ToString(Instant(fate.at)));
  if (kind == kThread) return Concat("the choice of a thread", when);
  if (kind == kPreempt) return Concat("when a thread is preempted", when);
  if (kind == kService) return Concat("which state a service answers from", when);
  return Concat(fate.what, ", sent", when);
}

std::vector<Decision> Overrides(const std::string& kind, const std::string& key, const Fate& fate) {
  if (kind != kDelay) return {{kind, key, fate.value, 0}};
  if (fate.lost) return {{kLoss, key, 1, 0}};
  return {{kLoss, key, 0, 0}, {kDelay, key, fate.value, 0}};
}

Changes ByTime(Changes changes) {
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.at < b.at; });
  return changes;
}

}  // namespace

bool IsChance(const Decision& decision) { return decision.kind != kOperationKind && decision.kind != "reseed"; }

Changes DifferencesByChance(const Trial& run, const Trial& other) {
  const Fates ours = FatesOf(run);
  const Fates theirs = FatesOf(other);
  Changes changes;
  const auto add = [&](const std::string& kind, const std::string& key, const Fate& from, const std::string& was,
                       const Fate& to) {
    changes.push_back(
        {Overrides(kind, key, to), std::nullopt, Subject(kind, from), was, Words(kind, to), Instant(to.at)});
  };
  for (const auto& [id, fate] : theirs) {
    const auto own = ours.find(id);
    if (own == ours.end()) {
      add(id.first, id.second, fate, id.first == kDelay ? "not sent" : Words(id.first, Fate()), fate);
    } else if (own->second.lost != fate.lost || own->second.value != fate.value) {
      add(id.first, id.second, own->second, Words(id.first, own->second), fate);
    }
  }
  for (const auto& [id, fate] : ours) {
    if (id.first == kDelay || theirs.contains(id)) continue;
    add(id.first, id.second, fate, Words(id.first, fate), Fate{.at = fate.at});
  }
  return ByTime(std::move(changes));
}

Changes ChanceOtherwise(const RunConfig& config, const Trial& run) {
  Changes changes;
  for (const auto& [id, fate] : FatesOf(run)) {
    const bool message = id.first == kDelay;
    if (message && fate.of_client) continue;
    const int64_t delay = fate.lost ? config.network.latency.ns() + config.network.jitter.ns() / 2 : 0;
    const Fate other{.lost = message && !fate.lost, .value = message ? delay : 0};
    changes.push_back({Overrides(id.first, id.second, other), std::nullopt, Subject(id.first, fate),
                       Words(id.first, fate), Words(id.first, other), Instant(fate.at)});
  }
  return ByTime(std::move(changes));
}

Changes FaultsLeftOut(const RunConfig& config, const Trial& run) {
  Changes changes;
  for (size_t i = 0; i < config.faults.size(); ++i) {
    const Fault& fault = config.faults[i];
    const Instant at = run.history_zero + fault.at;
    const std::string kind = fault.kind.empty() ? "" : Concat(" (", fault.kind, ")");
    changes.push_back(
        {{}, i, Concat("the fault ", ToString(fault.type), kind, " at ", ToString(at)), "happens", "does not", at});
  }
  return ByTime(std::move(changes));
}

Changes OperationsLeftOut(const Trial& run) {
  Changes changes;
  for (const NamedDecision& named : run.decisions) {
    const Decision& decision = named.decision;
    if (decision.kind != kOperationKind || decision.value == 0) continue;
    changes.push_back({{{decision.kind, decision.key, 0, 0}},
                       std::nullopt,
                       named.what,
                       "invoked",
                       "not invoked",
                       Instant(decision.at)});
  }
  return ByTime(std::move(changes));
}

RunConfig With(const RunConfig& config, const Changes& changes, const std::vector<size_t>& which) {
  RunConfig changed = config;
  std::vector<bool> stays(config.faults.size(), true);
  // The last override of a key counts.
  for (const size_t i : which) {
    changed.overrides.insert(changed.overrides.end(), changes[i].overrides.begin(), changes[i].overrides.end());
    if (changes[i].fault.has_value()) stays[*changes[i].fault] = false;
  }
  changed.faults.clear();
  for (size_t i = 0; i < stays.size(); ++i) {
    if (stays[i]) changed.faults.push_back(config.faults[i]);
  }
  return changed;
}

}  // namespace gyre
