// How a run is made smaller. Decisions have keys that do not count anything, so that one that is taken away leaves
// the others as they were; what is left of a kind is an override for all ("operation * 0") and those that are kept.
//
// The order is that of cost: first the time, since a run that ends when its failure is seen is the quickest to try;
// then faults and operations, of which there are most; then nodes; last what a reader must understand of the network:
// messages lost, threads out of turn, and delays, which become one constant with as few exceptions as possible. Then
// faults, operations and nodes once more, as it may now do with fewer.
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

// The positions in the history that a sentence names: "(ops 4 to 5, ..." and "(op 7, ...".
std::set<int64_t> PositionsIn(std::string_view text) {
  std::set<int64_t> positions;
  for (size_t at = text.find("(op"); at != std::string_view::npos; at = text.find("(op", at + 1)) {
    int64_t number = -1;
    for (const char c : text.substr(at, text.find_first_of(",)", at) - at)) {
      if (c >= '0' && c <= '9') {
        number = std::max<int64_t>(number, 0) * 10 + (c - '0');
      } else if (number >= 0) {
        positions.insert(std::exchange(number, -1));
      }
    }
    if (number >= 0) positions.insert(number);
  }
  return positions;
}

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
  ShrinkFaults();
  ShrinkOperations();
  ShrinkNodes();
  ShortenTime();
  ShrinkKind({"loss", "lost messages", 0});
  ShrinkKind({"service", "old answers", 0});
  ShrinkKind({"thread", "thread switches", 0});
  ShrinkDelays();
  if (!trials_->stopped()) {
    ShrinkFaults();
    ShrinkOperations();
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
  // To where the failure is seen, as far as its own words tell; else by parts.
  Duration seen;
  const std::set<int64_t> named = PositionsIn(trial_.summary.text);
  for (const NamedDecision& each : ItemsOf(best_, trial_, kOperation)) {
    if (named.contains(each.position)) seen = std::max(seen, Duration(each.decision.at));
  }
  const Duration whole = best_.time_limit;
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

void Shrinker::ShrinkFaults() {
  const std::vector<Fault> faults = best_.faults;
  if (faults.empty()) return;
  const RunConfig base = best_;
  const auto with = [&](const Remaining& remaining) {
    RunConfig config = base;
    config.faults.clear();
    for (const size_t i : remaining) config.faults.push_back(faults[i]);
    return config;
  };
  const Remaining remaining =
      Minimize(AllOf(faults.size()), [&](size_t count, const std::function<Remaining(size_t)>& make) {
        return trials_->First(
            count, [&](size_t i) { return with(make(i)); },
            [&](const RunSummary& run) { return FailsLike(failure_, run); });
      });
  if (remaining.size() == faults.size()) return;
  best_ = with(remaining);
  (void)Measure();
  Tell("faults", faults.size(), remaining.size());
}

void Shrinker::ShrinkOperations() {
  const size_t before = size_.operations;
  std::vector<NamedDecision> items = ItemsOf(best_, trial_, kOperation);
  const std::set<int64_t> named = PositionsIn(trial_.summary.text);
  std::set<std::string> objects;
  for (const NamedDecision& each : items) {
    if (named.contains(each.position) && !each.object.empty()) objects.insert(each.object);
  }
  // Guesses: what the failure's own words name, and all that is about the same objects.
  std::vector<Decision> guesses[2];
  for (const NamedDecision& each : items) {
    const bool is_named = named.contains(each.position);
    if (is_named) guesses[0].push_back(each.decision);
    if (is_named || objects.contains(each.object)) guesses[1].push_back(each.decision);
  }
  const auto guess = [&](size_t i) {
    return WithOverrides(best_, kOperation, Kept(0, kOperation, guesses[i], AllOf(guesses[i].size())));
  };
  if (!guesses[0].empty() && guesses[1].size() < items.size()) Take(2, guess);
  std::vector<Decision> decisions;
  for (const NamedDecision& each : ItemsOf(best_, trial_, kOperation)) decisions.push_back(each.decision);
  MinimizeItems({kOperation, "operations", 0}, decisions);
  Tell("operations", before, size_.operations);
}

void Shrinker::MinimizeItems(const Kind& kind, const std::vector<Decision>& items) {
  if (items.empty()) return;
  const RunConfig base = best_;
  const auto with = [&](const Remaining& remaining) {
    return WithOverrides(base, kind.kind, Kept(kind.otherwise, kind.kind, items, remaining));
  };
  const Remaining remaining =
      Minimize(AllOf(items.size()), [&](size_t count, const std::function<Remaining(size_t)>& make) {
        return trials_->First(
            count, [&](size_t i) { return with(make(i)); },
            [&](const RunSummary& run) { return FailsLike(failure_, run); });
      });
  if (remaining.size() == items.size()) return;
  best_ = with(remaining);
  (void)Measure();
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
  const std::vector<Decision> before = OverridesOf(best_, kind.kind);
  MinimizeItems(kind, items);
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
