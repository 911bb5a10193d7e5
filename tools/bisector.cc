// How the decision is found. Keys do not count anything, so any set of decisions of one run can be forced upon
// another. Between a run that fails and one that passes, which differ in a list of decisions, lie those runs that take
// the first k from the one that passes and the rest from the one that fails: the first of them fails, the last passes,
// so somewhere a run that fails stands beside one that passes, and the decision between them is found by halving. It
// is a decision that flips the verdict, though of a run on the way and not of the one that was given. So what is
// nearest is looked for first, and what is found further away gives way to it:
//
// 1. From an instant on all that is left to chance is drawn anew (a reseed), some times. Where none of these reruns
//    passes, the failure has become inevitable, as sure as their number makes it; that instant is searched for by
//    halving. Just before it there is a rerun that passes. It and the run that fails have the same past; what they
//    decided differently after it is a list of changes. Delta debugging finds some of which none can be left out. If
//    it is one, that is the decision; else the run with all of them but one still fails, and that one decides there.
//    Where it fails in another way, halving as above.
// 2. A message near to that instant lost, or delivered; a thread in its turn; a service that answers from the newest.
// 3. A fault that does not happen.
// 4. An operation that is not invoked.
// 5. On the way to the run without any fault and operation: there is nothing nearer for a node that is wrong whatever
//    is decided, and the way always has an end, but that of a failure without any operation.
//
// Each has a share of the time. What is found is asked how sure it is: chance is drawn anew after the decision, with it
// as it was, and otherwise.
#include "tools/bisector.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/base/concat.h"
#include "tools/delta_debugging.h"

namespace gyre {
namespace {

constexpr size_t kRerunsToSearch = 20;
constexpr size_t kRerunsToBeSure = 30;
constexpr uint64_t kPassingRuns = 3;    // whose differences are looked at
constexpr size_t kSingleMessages = 60;  // tried alone, on either side of the instant together
constexpr size_t kSingleOperations = 60;

std::vector<size_t> FirstOf(size_t count) {
  std::vector<size_t> first(count);
  for (size_t i = 0; i < count; ++i) first[i] = i;
  return first;
}

std::vector<size_t> WithoutPlace(std::vector<size_t> places, size_t i) {
  places.erase(places.begin() + static_cast<std::ptrdiff_t>(i));
  return places;
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
  const auto begin = [&](double share) {
    trials_->BeginPhase(share);
    return !flip_.has_value() || flip_->away > 0;
  };
  if (begin(0.3)) FindInevitable();
  if (begin(0.4) && avoidable_.has_value()) FindByPassingRuns();
  if (begin(0.4)) FindByMessage();
  if (begin(0.4)) FindOneOf(FaultsLeftOut(config_, trial_), Bar::kPasses);
  if (begin(0.5) && !flip_.has_value()) FindByOperation();
  trials_->BeginPhase(1);
  if (!flip_.has_value()) {
    Changes all = FaultsLeftOut(config_, trial_);
    const Changes operations = OperationsLeftOut(trial_);
    all.insert(all.end(), operations.begin(), operations.end());
    std::stable_sort(all.begin(), all.end(), [](const Change& a, const Change& b) { return a.at < b.at; });
    FindOnTheWay(all, Bar::kShowsNothing);
  }
  if (flip_.has_value()) {
    AskHowSure();
  } else if (why_not_.empty()) {
    why_not_ = "there was no more time";
  }
  return absl::OkStatus();
}

// All as it was before `from`; chance is drawn anew from there on.
RunConfig Bisector::Reseeded(const RunConfig& base, Instant from, uint64_t seed) const {
  RunConfig config = base;
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

Reruns Bisector::Rerun(const RunConfig& base, Instant from, size_t times) const {
  Reruns reruns;
  reruns.from = from;
  const std::vector<RunSummary> summaries =
      trials_->All(times, [&](size_t i) { return Reseeded(base, from, config_.seed + 1000 + i); });
  reruns.tried = summaries.size();
  for (const RunSummary& each : summaries) {
    if (each.valid == Validity::kInvalid && !Reaches(Bar::kPasses, each)) ++reruns.failed;
  }
  return reruns;
}

// A seed, at least `first`, with which the rerun from that instant on passes.
std::optional<uint64_t> Bisector::PassingSeed(Instant from, size_t times, uint64_t first) const {
  const std::optional<size_t> found = FirstThatReaches(
      Bar::kPasses, times, [&](size_t i) { return Reseeded(config_, from, first + i); });
  if (!found.has_value()) return std::nullopt;
  return first + *found;
}

std::optional<size_t> Bisector::FirstThatReaches(Bar bar, size_t count,
                                                 absl::FunctionRef<RunConfig(size_t i)> make) const {
  return trials_->First(count, make, [&](const RunSummary& run) { return Reaches(bar, run); });
}

// Of one run; nothing when there is no more time.
std::optional<RunSummary> Bisector::Summary(const RunConfig& config) const {
  std::vector<RunSummary> one = trials_->All(1, [&](size_t) { return config; });
  if (one.empty()) return std::nullopt;
  return std::move(one[0]);
}

void Bisector::FindInevitable() {
  std::vector<Instant> instants;
  for (const NamedDecision& named : trial_.decisions) {
    if (IsChance(named.decision)) instants.push_back(Instant(named.decision.at));
  }
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  if (instants.empty() || !PassingSeed(instants[0], kRerunsToBeSure, config_.seed + 1).has_value()) {
    if (!trials_->stopped()) told_("Whatever is decided, it fails: no rerun with fresh randomness passed.");
    return;
  }
  size_t open = 0;                  // from here on some pass
  size_t closed = instants.size();  // from here on all fail; behind the last there is nothing to decide
  while (closed - open > 1 && !trials_->stopped()) {
    const size_t middle = open + (closed - open) / 2;
    (PassingSeed(instants[middle], kRerunsToSearch, config_.seed + 1).has_value() ? open : closed) = middle;
  }
  if (trials_->stopped()) {
    // A rerun from here on passes, though others from later on may too.
    avoidable_ = Reruns{instants[open], 0, 0};
    return;
  }
  // Reruns of other seeds than those that the search went by: they may all have failed by chance.
  avoidable_ = Rerun(config_, instants[open], kRerunsToBeSure);
  inevitable_ = closed < instants.size() ? Rerun(config_, instants[closed], kRerunsToBeSure)
                                         : Reruns{instants.back() + Nanoseconds(1), kRerunsToBeSure, kRerunsToBeSure};
}

// The nearest counts.
void Bisector::Keep(Flip flip) {
  if (!flip_.has_value() || flip.away < flip_->away) flip_ = std::move(flip);
}

// Whether one of the changes, alone, makes the run pass.
bool Bisector::FindOneOf(const Changes& changes, Bar bar) {
  const std::optional<size_t> found = FirstThatReaches(
      bar, changes.size(), [&](size_t i) { return With(config_, changes, {i}); });
  if (!found.has_value()) return false;
  Keep({changes[*found], 0, config_, With(config_, changes, {*found}), bar != Bar::kPasses, {}, {}});
  return true;
}

void Bisector::FindByPassingRuns() {
  uint64_t seed = config_.seed + 1;
  for (uint64_t i = 0; i < kPassingRuns && !trials_->stopped(); ++i) {
    const std::optional<uint64_t> found = PassingSeed(avoidable_->from, kRerunsToBeSure, seed);
    if (!found.has_value()) return;
    seed = *found + 1;
    const absl::StatusOr<Trial> passing = trials_->Once(Reseeded(config_, avoidable_->from, *found));
    if (!passing.ok()) return;
    FindOnTheWay(DifferencesByChance(trial_, *passing), Bar::kPasses);
    if (flip_.has_value() && flip_->away == 0) return;
  }
}

// The changes, all together, make the run pass. The first k of them: for some k it fails, and with one more it passes.
void Bisector::FindOnTheWay(const Changes& changes, Bar bar) {
  if (changes.empty()) {
    why_not_ = "it fails before any operation and fault";
    return;
  }
  const auto try_first = [&](size_t count) { return Summary(With(config_, changes, FirstOf(count))); };
  const std::optional<RunSummary> end = try_first(changes.size());
  if (!end.has_value()) return;
  if (!Reaches(bar, *end)) {
    why_not_ = "it fails without any operation and fault";
    return;
  }
  size_t fails = 0;
  size_t passing = changes.size();
  bool alike = true;  // the run with the first `fails` fails as the one that was given
  while (passing - fails > 1) {
    const size_t middle = fails + (passing - fails) / 2;
    const std::optional<RunSummary> run = try_first(middle);
    if (!run.has_value()) return;
    const bool does_pass = Reaches(bar, *run);
    if (!does_pass) alike = FailsLike(trial_.summary, *run);
    (does_pass ? passing : fails) = middle;
  }
  if (!alike) {
    why_not_ = "beside those that pass are only runs that fail in another way";
  } else {
    Keep({changes[fails], fails, With(config_, changes, FirstOf(fails)), With(config_, changes, FirstOf(passing)),
          bar != Bar::kPasses, {}, {}});
  }
  if (passing == 1 || bar != Bar::kPasses) return;
  FindAmong(changes, Minimize(FirstOf(passing), [&](size_t count, const std::function<Remaining(size_t)>& make) {
              return FirstThatReaches(
                  Bar::kPasses, count, [&](size_t i) { return With(config_, changes, make(i)); });
            }));
}

// Of changes that together make the run pass, one without which it fails as it did: the last such.
void Bisector::FindAmong(const Changes& changes, std::vector<size_t> needed) {
  const size_t count = needed.size();
  if (count == 0 || (flip_.has_value() && flip_->away < count)) return;
  const auto without = [&](size_t i) { return WithoutPlace(needed, count - 1 - i); };
  const std::optional<size_t> found = trials_->First(
      count, [&](size_t i) { return With(config_, changes, without(i)); },
      [&](const RunSummary& run) { return FailsLike(trial_.summary, run); });
  if (!found.has_value()) return;
  Keep({changes[needed[count - 1 - *found]], count - 1, With(config_, changes, without(*found)),
        With(config_, changes, needed), false, {}, {}});
}

// Those near the instant from which on it always fails first.
void Bisector::FindByMessage() {
  Changes changes = ChanceOtherwise(config_, trial_);
  const Instant near = inevitable_.has_value() ? inevitable_->from : Instant();
  const auto distance = [&](const Change& change) { return std::abs((change.at - near).ns()); };
  std::stable_sort(changes.begin(), changes.end(),
                   [&](const Change& a, const Change& b) { return distance(a) < distance(b); });
  if (changes.size() > kSingleMessages) changes.resize(kSingleMessages);
  FindOneOf(changes, Bar::kPasses);
}

// The last ones first. Without its one read a run is unknown: nothing is found wrong all the same, but that says less.
void Bisector::FindByOperation() {
  Changes changes = OperationsLeftOut(trial_);
  std::reverse(changes.begin(), changes.end());
  if (changes.size() > kSingleOperations) changes.resize(kSingleOperations);
  if (!FindOneOf(changes, Bar::kPasses)) FindOneOf(changes, Bar::kShowsNothing);
}

void Bisector::AskHowSure() {
  const Instant after = flip_->decision.at + Nanoseconds(1);
  flip_->after_failing = Rerun(flip_->failing, after, kRerunsToSearch);
  flip_->after_passing = Rerun(flip_->passing, after, kRerunsToSearch);
}

}  // namespace gyre
