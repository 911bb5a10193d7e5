// How the decision is found. Keys do not count anything, so any set of decisions of one run can be forced upon
// another.
//
// From an instant on all that is left to chance is drawn anew (a reseed), some times. Where none of these reruns
// passes, the failure has become inevitable, as sure as their number makes it; that instant is searched for by
// halving. Just before it there is a rerun that passes. It and the run that fails have the same past; what they
// decided differently after it is a list of choices. All of them forced upon the failing run make it pass, none
// leaves it as it is; delta debugging finds some of which none can be left out. Any one of these flips the verdict;
// the last of them is named, and where it is the only one, it alone.
//
// Where reruns never pass, or one decision alone is not enough, single changes are tried: losing a message near to
// that instant, taking a fault or an operation away.
#include "tools/bisector.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "tools/delta_debugging.h"

namespace gyre {
namespace {

constexpr size_t kRerunsToSearch = 20;
constexpr size_t kRerunsToBeSure = 30;
constexpr size_t kSingleMessages = 60;  // tried alone, on either side of the instant together
constexpr size_t kSingleOperations = 60;
constexpr char kDelay[] = "delay";
constexpr char kLoss[] = "loss";
constexpr char kOperation[] = "operation";
constexpr char kService[] = "service";
constexpr char kThread[] = "thread";

bool IsChance(const Decision& decision) { return decision.kind != kOperation && decision.kind != "reseed"; }

// What became of a message, or which thread ran.
struct Fate {
  bool lost = false;
  int64_t value = 0;  // delay, or the thread's place in its queue
  std::string what;
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
    fate = {lost, lost ? 0 : decision.value, named.what, decision.at};
  }
  return fates;
}

std::string Words(const std::string& kind, const Fate& fate) {
  if (kind == kThread) return fate.value == 0 ? "in its turn" : Concat("out of turn by ", fate.value);
  if (kind == kService) return fate.value == 0 ? "the newest" : Concat("number ", fate.value);
  return fate.lost ? "lost" : Concat("arrives after ", ToString(Instant(fate.value)));
}

std::string Subject(const std::string& kind, const Fate& fate) {
  const std::string when = Concat(" at ", ToString(Instant(fate.at)));
  if (kind == kThread) return Concat("the choice of a thread", when);
  if (kind == kService) return Concat("which state a service answers from", when);
  return Concat(fate.what, ", sent", when);
}

std::vector<Decision> Overrides(const std::string& kind, const std::string& key, const Fate& fate) {
  if (kind != kDelay) return {{kind, key, fate.value, 0}};
  if (fate.lost) return {{kLoss, key, 1, 0}};
  return {{kLoss, key, 0, 0}, {kDelay, key, fate.value, 0}};
}

}  // namespace

std::optional<size_t> FirstVisible(const RunConfig& config, const History& history, const std::string& anomaly) {
  const std::vector<Op>& ops = history.ops();
  const auto visible = [&](size_t length) {
    const absl::StatusOr<History> part =
        History::Make({ops.begin(), ops.begin() + static_cast<std::ptrdiff_t>(length)});
    if (!part.ok()) return false;
    const Verdict verdict = JudgeHistory(config, *part);
    return std::any_of(verdict.anomalies.begin(), verdict.anomalies.end(),
                       [&](const Anomaly& each) { return each.kind == anomaly; });
  };
  if (!visible(ops.size())) return std::nullopt;
  size_t hidden = 0;
  size_t seen = ops.size();
  while (seen - hidden > 1) {
    const size_t middle = hidden + (seen - hidden) / 2;
    (visible(middle) ? seen : hidden) = middle;
  }
  return seen - 1;
}

Bisector::Bisector(RunConfig config, Trials* trials, std::function<void(const std::string& line)> told)
    : config_(std::move(config)), trials_(trials), told_(std::move(told)) {}

absl::Status Bisector::Bisect() {
  absl::StatusOr<Trial> trial = trials_->Once(config_);
  if (!trial.ok()) return trial.status();
  trial_ = *std::move(trial);
  if (trial_.summary.valid != Validity::kInvalid) {
    return absl::FailedPreconditionError(Concat("The run is ", ToString(trial_.summary.valid),
                                                ": only of one that is invalid there is a cause to find."));
  }
  FindInevitable();
  if (avoidable_.has_value()) FindFlipByPassingRun();
  if (!flip_.has_value() || flip_->others > 0) FindFlipOfOneMessage();
  if (!flip_.has_value() || flip_->others > 0) FindFlipOfFault();
  if (!flip_.has_value()) FindFlipOfOperation();
  return absl::OkStatus();
}

// All as it was before `from`; chance is drawn anew from there on.
RunConfig Bisector::Reseeded(Instant from, uint64_t seed) const {
  RunConfig config = config_;
  std::map<std::pair<std::string, std::string>, int64_t> taken;  // when
  for (const NamedDecision& named : trial_.decisions) {
    taken[{named.decision.kind, named.decision.key}] = named.decision.at;
  }
  std::erase_if(config.overrides, [&](const Decision& each) {
    const auto found = taken.find({each.kind, each.key});
    return IsChance(each) && found != taken.end() && found->second >= from.ns();
  });
  config.overrides.push_back({"reseed", "", static_cast<int64_t>(seed), from.ns()});
  return config;
}

Reruns Bisector::Rerun(Instant from, size_t times) const {
  Reruns reruns;
  reruns.from = from;
  const std::vector<RunSummary> summaries =
      trials_->All(times, [&](size_t i) { return Reseeded(from, config_.seed + 1000 + i); });
  reruns.tried = summaries.size();
  for (const RunSummary& each : summaries) {
    if (!Passes(each)) ++reruns.failed;
  }
  return reruns;
}

std::optional<uint64_t> Bisector::PassingSeed(Instant from, size_t times) const {
  const std::optional<size_t> found = trials_->First(
      times, [&](size_t i) { return Reseeded(from, config_.seed + 1 + i); }, Passes);
  if (!found.has_value()) return std::nullopt;
  return config_.seed + 1 + *found;
}

void Bisector::FindInevitable() {
  std::vector<Instant> instants;
  for (const NamedDecision& named : trial_.decisions) {
    if (IsChance(named.decision)) instants.push_back(Instant(named.decision.at));
  }
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  if (instants.empty() || !PassingSeed(instants[0], kRerunsToBeSure).has_value()) {
    if (!trials_->stopped()) told_("Whatever is decided, it fails: no rerun with fresh randomness passed.");
    return;
  }
  size_t open = 0;                  // from here on some pass
  size_t closed = instants.size();  // from here on all fail; behind the last there is nothing to decide
  while (closed - open > 1 && !trials_->stopped()) {
    const size_t middle = open + (closed - open) / 2;
    (PassingSeed(instants[middle], kRerunsToSearch).has_value() ? open : closed) = middle;
  }
  if (trials_->stopped()) return;
  // Reruns of other seeds than those that the search went by: they may all have failed by chance.
  avoidable_ = Rerun(instants[open], kRerunsToBeSure);
  inevitable_ = closed < instants.size() ? Rerun(instants[closed], kRerunsToBeSure)
                                         : Reruns{instants.back() + Nanoseconds(1), kRerunsToBeSure, kRerunsToBeSure};
}

// What `passing` decided otherwise, in its order.
std::vector<Bisector::Choice> Bisector::Differences(const Trial& passing) const {
  const Fates ours = FatesOf(trial_);
  const Fates theirs = FatesOf(passing);
  std::vector<Choice> choices;
  const auto add = [&](const std::string& kind, const std::string& key, const Fate& from, const std::string& fails,
                       const Fate& to) {
    choices.push_back({Overrides(kind, key, to), Subject(kind, from), fails, Words(kind, to), Instant(to.at)});
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
    add(id.first, id.second, fate, Words(id.first, fate), Fate{false, 0, "", fate.at});
  }
  std::stable_sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) { return a.at < b.at; });
  return choices;
}

RunConfig Bisector::With(const std::vector<Choice>& choices, const std::vector<size_t>& which) const {
  RunConfig config = config_;
  // The last override of a key counts.
  for (const size_t i : which) {
    config.overrides.insert(config.overrides.end(), choices[i].overrides.begin(), choices[i].overrides.end());
  }
  return config;
}

// Of choices that together make the run pass, some of which none can be left out; empty when all together do not.
std::vector<size_t> Bisector::FewestThatPass(const std::vector<Choice>& choices) const {
  std::vector<size_t> all(choices.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto first_passing = [&](size_t count, const std::function<Remaining(size_t)>& make) {
    return trials_->First(
        count, [&](size_t i) { return With(choices, make(i)); }, Passes);
  };
  if (!first_passing(1, [&](size_t) { return all; }).has_value()) return {};
  // Those at the beginning of the list first: halving finds how many of them do.
  size_t fails = 0;
  while (all.size() - fails > 1 && !trials_->stopped()) {
    const size_t middle = fails + (all.size() - fails) / 2;
    const std::vector<size_t> part(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(middle));
    if (first_passing(1, [&](size_t) { return part; }).has_value()) {
      all = part;
    } else {
      fails = middle;
    }
  }
  return Minimize(all, first_passing);
}

void Bisector::FindFlipByPassingRun() {
  const std::optional<uint64_t> seed = PassingSeed(avoidable_->from, kRerunsToBeSure);
  if (!seed.has_value()) return;
  const absl::StatusOr<Trial> passing = trials_->Once(Reseeded(avoidable_->from, *seed));
  if (!passing.ok()) return;
  const std::vector<Choice> choices = Differences(*passing);
  if (choices.empty()) return;
  const std::vector<size_t> needed = FewestThatPass(choices);
  if (needed.empty()) return;
  const Choice& last = choices[needed.back()];
  flip_ = Flip{last.what, last.fails, last.passes, last.at, needed.size() - 1, With(choices, needed)};
}

// Messages that arrived, lost; messages that were lost, delivered; all else at its default. Those near the instant
// from which on it always fails first.
void Bisector::FindFlipOfOneMessage() {
  std::vector<Choice> choices;
  for (const auto& [id, fate] : FatesOf(trial_)) {
    const bool message = id.first == kDelay;
    const int64_t delay = fate.lost ? config_.network.latency.ns() + config_.network.jitter.ns() / 2 : 0;
    const Fate other{message && !fate.lost, message ? delay : 0, "", 0};
    choices.push_back({Overrides(id.first, id.second, other), Subject(id.first, fate), Words(id.first, fate),
                       Words(id.first, other), Instant(fate.at)});
  }
  const Instant near = inevitable_.has_value() ? inevitable_->from : Instant();
  const auto distance = [&](const Choice& choice) { return std::abs((choice.at - near).ns()); };
  std::stable_sort(choices.begin(), choices.end(),
                   [&](const Choice& a, const Choice& b) { return distance(a) < distance(b); });
  if (choices.size() > kSingleMessages) choices.resize(kSingleMessages);
  const std::optional<size_t> found = trials_->First(
      choices.size(), [&](size_t i) { return With(choices, {i}); }, Passes);
  if (!found.has_value()) return;
  const Choice& choice = choices[*found];
  flip_ = Flip{choice.what, choice.fails, choice.passes, choice.at, 0, With(choices, {*found})};
}

void Bisector::FindFlipOfFault() {
  const auto without = [&](size_t i) {
    RunConfig config = config_;
    config.faults.erase(config.faults.begin() + static_cast<std::ptrdiff_t>(i));
    return config;
  };
  const std::optional<size_t> found = trials_->First(config_.faults.size(), without, Passes);
  if (!found.has_value()) return;
  const Fault& fault = config_.faults[*found];
  flip_ = Flip{Concat("the fault ", ToString(fault.type), fault.kind.empty() ? "" : Concat(" (", fault.kind, ")")),
               "happens",
               "does not",
               Instant(fault.at.ns()),
               0,
               without(*found)};
}

void Bisector::FindFlipOfOperation() {
  std::vector<Choice> choices;
  for (auto named = trial_.decisions.rbegin(); named != trial_.decisions.rend(); ++named) {
    const Decision& decision = named->decision;
    if (decision.kind != kOperation || decision.value == 0 || choices.size() == kSingleOperations) continue;
    choices.push_back(
        {{{kOperation, decision.key, 0, 0}}, named->what, "invoked", "not invoked", Instant(decision.at)});
  }
  const auto without = [&](size_t i) { return With(choices, {i}); };
  std::optional<size_t> found = trials_->First(choices.size(), without, Passes);
  // Without its one read a run is unknown: nothing is found wrong all the same, but that says less.
  if (!found.has_value()) {
    found = trials_->First(choices.size(), without,
                           [](const RunSummary& run) { return run.valid == Validity::kUnknown || Passes(run); });
  }
  if (!found.has_value()) return;
  const Choice& choice = choices[*found];
  flip_ = Flip{choice.what, choice.fails, choice.passes, choice.at, 0, With(choices, {*found})};
}

}  // namespace gyre
