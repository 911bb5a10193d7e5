// How a run is made smaller. Decisions have keys that do not count anything, so that one that is taken away leaves
// the others as they were; what is left of a kind is an override for all ("operation * 0") and those that are kept.
//
// The order is that of cost: first the time, since a run that ends when its failure is seen is the quickest to try;
// then faults and operations, of which there are most; then nodes; last what a reader must understand of the network:
// messages lost, threads out of turn, and delays, which become one constant with as few exceptions as possible. Then
// faults, operations and nodes once more, as it may now do with fewer.
//
// Of operations, first a few guesses: those that the anomaly's own witness names, and those of their processes and
// objects. What the nodes say to each other often tells what operations there were, and then one that goes changes all
// messages, their delays, and so who leads and who waits: whether a smaller run fails is up to chance again. So
// guesses, and later single faults and operations, are tried with chance drawn anew (a reseed from the beginning on),
// too. A few operations fail seldom, but cost little to try often.
//
// Left out: smaller values of operations, other times of faults, and moving what is left together in time. The run
// would be no shorter to read, and each would cost as many runs again.
#include "tools/shrinker.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "tools/decimal.h"

namespace gyre {
namespace {

constexpr char kOperation[] = "operation";
constexpr char kDelay[] = "delay";
constexpr char kAny[] = "*";
constexpr Duration kAfterFailure = Milliseconds(100);  // of time that is left when the failure has been seen
constexpr size_t kGuessVariations = 8;                 // of chance, for each guess of operations
constexpr size_t kVariations = 3;                      // for single faults and operations
constexpr size_t kFew = 3;                             // operations and faults that are few enough

bool IsListed(const std::vector<Decision>& overrides, const Decision& decision) {
  return std::any_of(overrides.begin(), overrides.end(),
                     [&](const Decision& each) { return each.key == decision.key; });
}

// The decisions of a kind that `config` can do without: those it lists, if all others are otherwise; else all that the
// run took.
std::vector<NamedDecision> ItemsOf(const RunConfig& config, const Trial& trial, std::string_view kind) {
  const std::vector<Decision> overrides = OverridesOf(config, kind);
  const bool narrowed =
      std::any_of(overrides.begin(), overrides.end(), [](const Decision& d) { return d.key == kAny; });
  std::vector<NamedDecision> items;
  for (const NamedDecision& named : trial.decisions) {
    if (named.decision.kind != kind || (kind == kOperation && named.decision.value == 0)) continue;
    if (!narrowed || IsListed(overrides, named.decision)) items.push_back(named);
  }
  return items;
}

std::vector<Decision> Kept(int64_t otherwise, std::string_view kind, const std::vector<Decision>& items,
                           const Remaining& remaining) {
  std::vector<Decision> overrides = {{std::string(kind), kAny, otherwise, 0}};
  for (const size_t i : remaining) overrides.push_back(items[i]);
  return overrides;
}

Remaining AllOf(size_t count) {
  Remaining all(count);
  for (size_t i = 0; i < count; ++i) all[i] = i;
  return all;
}

// Without what concerned the node alone.
Fault Without(const std::string& node, Fault fault) {
  std::erase(fault.nodes, node);
  std::erase_if(fault.grudge, [&](const auto& row) { return row.first == node; });
  for (auto& [other, dropped] : fault.grudge) std::erase(dropped, node);
  return fault;
}

bool ConcernsNobody(const Fault& fault) {
  const auto drops = [](const auto& row) { return !row.second.empty(); };
  switch (fault.type) {
    case FaultType::kKill:
    case FaultType::kPause:
      return fault.nodes.empty();
    case FaultType::kStartPartition:
      return std::none_of(fault.grudge.begin(), fault.grudge.end(), drops);
    case FaultType::kResume:
    case FaultType::kStart:
    case FaultType::kStopPartition:
      return false;
  }
  return false;
}

RunConfig WithoutNode(const RunConfig& config, size_t node) {
  RunConfig smaller = config;
  const std::string name = config.nodes[node];
  smaller.nodes.erase(smaller.nodes.begin() + static_cast<std::ptrdiff_t>(node));
  for (Fault& fault : smaller.faults) fault = Without(name, std::move(fault));
  std::erase_if(smaller.faults, ConcernsNobody);
  return smaller;
}

RunConfig WithTime(const RunConfig& config, Duration limit) {
  RunConfig shorter = config;
  shorter.time_limit = limit;
  std::erase_if(shorter.faults, [&](const Fault& fault) { return fault.at > limit; });
  return shorter;
}

// Chance drawn anew from the beginning on. In front of what the config says of all of a kind, which so still holds.
RunConfig Anew(const RunConfig& config, uint64_t number) {
  RunConfig changed = config;
  std::erase_if(changed.overrides, [](const Decision& each) { return each.kind == "reseed" && each.at == 0; });
  changed.overrides.insert(changed.overrides.begin(), {"reseed", "", static_cast<int64_t>(number), 0});
  return changed;
}

bool Names(const Trial& trial, const NamedDecision& operation) {
  return std::binary_search(trial.witness.begin(), trial.witness.end(), operation.position);
}

// Guesses of which of the operations suffice, the boldest first: those that the witness names; and those before its
// last on the same objects, by the same processes, both.
std::vector<std::vector<Decision>> Guesses(const Trial& trial, const std::vector<NamedDecision>& operations) {
  std::set<std::string> objects;
  std::set<int64_t> processes;
  int64_t last = -1;
  for (const NamedDecision& each : operations) {
    if (!Names(trial, each)) continue;
    objects.insert(each.objects.begin(), each.objects.end());
    processes.insert(each.process);
    last = std::max(last, each.position);
  }
  const auto touches = [&](const NamedDecision& each) {
    return std::any_of(each.objects.begin(), each.objects.end(),
                       [&](const std::string& object) { return objects.contains(object); });
  };
  std::vector<std::vector<Decision>> guesses(4);
  for (const NamedDecision& each : operations) {
    if (each.position > last) continue;
    const bool named = Names(trial, each);
    const bool same_object = named || touches(each);
    const bool same_process = named || processes.contains(each.process);
    if (named) guesses[0].push_back(each.decision);
    if (same_object) guesses[1].push_back(each.decision);
    if (same_process) guesses[2].push_back(each.decision);
    if (same_object || same_process) guesses[3].push_back(each.decision);
  }
  std::stable_sort(guesses.begin(), guesses.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  guesses.erase(std::unique(guesses.begin(), guesses.end(),
                            [](const auto& a, const auto& b) { return a.size() == b.size(); }),
                guesses.end());
  std::erase_if(guesses, [&](const auto& guess) { return guess.empty() || guess.size() == operations.size(); });
  return guesses;
}

std::string Count(size_t number, std::string_view noun) { return Concat(number, " ", noun, number == 1 ? "" : "s"); }

}  // namespace

std::string ToString(const RunSize& size) {
  std::string text =
      Concat(Count(size.operations, "operation"), ", ", Count(size.faults, "fault"), ", ", Count(size.nodes, "node"));
  if (size.losses > 0) text += Concat(", ", size.losses, size.losses == 1 ? " message lost" : " messages lost");
  if (size.delays > 0) text += Concat(", ", size.delays, size.delays == 1 ? " delay" : " delays");
  if (size.switches > 0)
    text += Concat(", ", size.switches, size.switches == 1 ? " thread switch" : " thread switches");
  return Concat(text, ", ", FormatDuration(size.time, Seconds(1)), " s");
}

Shrinker::Shrinker(RunConfig config, Trials* trials, std::function<void(const std::string& line)> told)
    : best_(std::move(config)), trials_(trials), told_(std::move(told)) {}

absl::Status Shrinker::Shrink() {
  if (absl::Status status = Measure(); !status.ok()) return status;
  original_ = size_;
  failure_ = trial_.summary;
  if (failure_.valid != Validity::kInvalid) {
    return absl::FailedPreconditionError(
        Concat("The run is ", ToString(failure_.valid), ": only one that is invalid can be made smaller."));
  }
  // A candidate that sends ever more is none.
  const uint64_t max_messages = best_.max_messages;
  best_.max_messages = std::min(best_.max_messages, 2 * failure_.messages + 1000);
  ShortenTime();
  trials_->BeginPhase(0.35);
  GuessOperations();
  trials_->BeginPhase(0.6);
  ShrinkFaults(1);
  ShrinkOperations(1);
  trials_->BeginPhase(0.5);
  if (size_.operations + size_.faults > kFew) {
    ShrinkFaults(kVariations);
    ShrinkOperations(kVariations);
  }
  trials_->BeginPhase(1);
  ShrinkNodes();
  ShortenTime();
  ShrinkKind({"loss", "lost messages", 0});
  ShrinkKind({"service", "old answers", 0});
  ShrinkKind({"thread", "thread switches", 0});
  ShrinkDelays();
  if (!trials_->stopped()) {
    ShrinkFaults(1);
    ShrinkOperations(1);
    ShrinkNodes();
  }
  best_.max_messages = max_messages;
  return absl::OkStatus();
}

// Runs best_ and looks at what there is of it.
absl::Status Shrinker::Measure() {
  absl::StatusOr<Trial> trial = trials_->Once(best_);
  if (!trial.ok()) return trial.status();
  trial_ = *std::move(trial);
  size_ = RunSize();
  size_.operations = trial_.summary.operations;
  size_.faults = best_.faults.size();
  size_.nodes = best_.nodes.size();
  size_.time = best_.time_limit;
  size_.losses = ItemsOf(best_, trial_, "loss").size();
  size_.delays = ItemsOf(best_, trial_, kDelay).size();
  size_.switches = ItemsOf(best_, trial_, "thread").size();
  return absl::OkStatus();
}

// Takes the first candidate that fails as it should. Whether there was one.
bool Shrinker::Take(size_t count, const std::function<RunConfig(size_t)>& make) {
  const std::optional<size_t> found =
      trials_->First(count, make, [&](const RunSummary& run) { return FailsLike(failure_, run); });
  if (!found.has_value()) return false;
  best_ = make(*found);
  if (const absl::Status status = Measure(); !status.ok()) told_(Concat("  ", std::string(status.message())));
  return true;
}

void Shrinker::Tell(const std::string& what, size_t before, size_t after) const {
  if (before != after) told_(absl::StrFormat("  %-16s %6d -> %d", what, before, after));
}

void Shrinker::ShortenTime() {
  // To where the last operation was that the witness names, but for those after the main phase; else by parts.
  const Duration whole = best_.time_limit;
  Duration seen;
  for (const NamedDecision& each : ItemsOf(best_, trial_, kOperation)) {
    const Duration at = Instant(each.decision.at) - trial_.history_zero;
    if (Names(trial_, each) && at < whole) seen = std::max(seen, at);
  }
  std::vector<Duration> limits;
  for (const int64_t part : {16, 8, 4, 2}) limits.push_back(Duration(whole.ns() / part));
  for (const Duration more : {kAfterFailure, Seconds(1), Seconds(3)}) limits.push_back(seen + more);
  std::sort(limits.begin(), limits.end());
  std::erase_if(limits, [&](Duration limit) { return limit >= whole || limit.ns() <= 0; });
  // In milliseconds: what a person would type.
  for (Duration& limit : limits) limit = Milliseconds(limit.ns() / 1'000'000 + 1);
  if (limits.empty() || !Take(limits.size(), [&](size_t i) { return WithTime(best_, limits[i]); })) return;
  told_(absl::StrFormat("  %-16s %6s -> %s s", "time", FormatDuration(whole, Seconds(1)),
                        FormatDuration(best_.time_limit, Seconds(1))));
}

// Of `count` things few with which the run fails; `make` makes the run with those that remain. Where it does not, it
// may with chance drawn anew, which is tried `variations` times in all. Whether anything went.
bool Shrinker::MinimizeThings(size_t count, size_t variations,
                              const std::function<RunConfig(const RunConfig& base, const Remaining&)>& make) {
  RunConfig base = best_;
  const auto varied = [&](size_t variation) { return variation == 0 ? base : Anew(base, drawn_anew_ + variation); };
  const Remaining remaining =
      Minimize(AllOf(count), [&](size_t pieces, const std::function<Remaining(size_t)>& rest) -> std::optional<size_t> {
        const std::optional<size_t> found = trials_->First(
            pieces * variations, [&](size_t i) { return make(varied(i % variations), rest(i / variations)); },
            [&](const RunSummary& run) { return FailsLike(failure_, run); });
        if (!found.has_value()) return std::nullopt;
        base = varied(*found % variations);
        drawn_anew_ += variations;
        return *found / variations;
      });
  if (remaining.size() == count) return false;
  best_ = make(base, remaining);
  (void)Measure();
  return true;
}

void Shrinker::ShrinkFaults(size_t variations) {
  const std::vector<Fault> faults = best_.faults;
  if (faults.empty()) return;
  MinimizeThings(faults.size(), variations, [&](const RunConfig& base, const Remaining& remaining) {
    RunConfig config = base;
    config.faults.clear();
    for (const size_t i : remaining) config.faults.push_back(faults[i]);
    return config;
  });
  Tell("faults", faults.size(), best_.faults.size());
}

// Each guess without faults and with them, over and over with other chance, as long as one of them fails.
void Shrinker::GuessOperations() {
  const size_t before = size_.operations;
  const size_t faults_before = size_.faults;
  while (!trials_->stopped()) {
    const std::vector<std::vector<Decision>> guesses = Guesses(trial_, ItemsOf(best_, trial_, kOperation));
    const size_t ways = best_.faults.empty() ? 1 : 2;
    const size_t count = guesses.size() * ways;
    const RunConfig base = best_;
    const auto guess = [&](size_t i) {
      const std::vector<Decision>& operations = guesses[i % count / ways];
      const size_t variation = i / count;
      RunConfig config = variation == 0 ? base : Anew(base, drawn_anew_ + variation);
      if (ways == 2 && i % ways == 0) config.faults.clear();
      return WithOverrides(config, kOperation, Kept(0, kOperation, operations, AllOf(operations.size())));
    };
    if (count == 0 || !Take(count * kGuessVariations, guess)) break;
    drawn_anew_ += kGuessVariations;
  }
  Tell("faults", faults_before, size_.faults);
  Tell("operations", before, size_.operations);
}

void Shrinker::ShrinkOperations(size_t variations) {
  const size_t before = size_.operations;
  std::vector<Decision> decisions;
  for (const NamedDecision& each : ItemsOf(best_, trial_, kOperation)) decisions.push_back(each.decision);
  MinimizeItems({kOperation, "operations", 0}, decisions, variations);
  Tell("operations", before, size_.operations);
}

void Shrinker::MinimizeItems(const Kind& kind, const std::vector<Decision>& items, size_t variations) {
  if (items.empty()) return;
  MinimizeThings(items.size(), variations, [&](const RunConfig& base, const Remaining& remaining) {
    return WithOverrides(base, kind.kind, Kept(kind.otherwise, kind.kind, items, remaining));
  });
}

void Shrinker::ShrinkNodes() {
  const size_t before = best_.nodes.size();
  while (best_.nodes.size() > 1) {
    const size_t count = best_.nodes.size();
    if (!Take(count, [&](size_t i) { return WithoutNode(best_, count - 1 - i); })) break;
  }
  Tell("nodes", before, best_.nodes.size());
}

void Shrinker::ShrinkKind(const Kind& kind) {
  std::vector<Decision> items;
  for (const NamedDecision& each : ItemsOf(best_, trial_, kind.kind)) items.push_back(each.decision);
  MinimizeItems(kind, items, 1);
  Tell(kind.nouns, items.size(), ItemsOf(best_, trial_, kind.kind).size());
}

void Shrinker::ShrinkDelays() {
  const NetworkConfig& network = best_.network;
  std::vector<int64_t> constants = {network.latency.ns(), network.latency.ns() + network.jitter.ns() / 2,
                                    2 * network.latency.ns(), network.jitter.ns() / 2};
  std::erase(constants, 0);
  if (constants.empty()) return;
  const size_t before = ItemsOf(best_, trial_, kDelay).size();
  const auto constant = [&](size_t i) { return WithOverrides(best_, kDelay, {{kDelay, kAny, constants[i], 0}}); };
  if (!Take(constants.size(), constant)) ShrinkKind({kDelay, "delays", constants[0]});
  const size_t after = ItemsOf(best_, trial_, kDelay).size();
  if (after == 0) Tell("delays", before, after);
}

}  // namespace gyre
