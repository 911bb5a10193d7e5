// Changes: what can be decided otherwise in a run, one thing at a time: what became of a message, which thread ran,
// whether a fault happened, whether an operation was invoked. Keys do not count anything, so any set of changes makes a
// run. Plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/trials.h"

namespace gyre {

inline constexpr std::string_view kOperationKind = "operation";

struct Change {
  std::vector<Decision> overrides;  // that decide it otherwise
  std::optional<size_t> fault;      // instead of them: the fault, by its place in the plan, that does not happen
  std::string what;                 // "n1 -> n2 {...}, sent at 1.2s"
  std::string was;                  // "arrives after 0.01s"
  std::string becomes;              // "lost"
  Instant at;                       // of virtual time
};
// By time. REQUIRES of all functions here: a change's fault is one of the config that the change is applied to.
using Changes = std::vector<Change>;

// Whether a decision is left to chance: delays, losses, threads, services; neither an operation nor a reseed.
bool IsChance(const Decision& decision);

// What `other` decided by chance otherwise than `run`.
Changes DifferencesByChance(const Trial& run, const Trial& other);
// Each message lost if it arrived, delivered if it was lost; each thread and service at its default.
Changes ChanceOtherwise(const RunConfig& config, const Trial& run);
// Each fault does not happen.
Changes FaultsLeftOut(const RunConfig& config, const Trial& run);
// Each operation is not invoked.
Changes OperationsLeftOut(const Trial& run);

// `config` with those of the changes that `which` names.
RunConfig With(const RunConfig& config, const Changes& changes, const std::vector<size_t>& which);

}  // namespace gyre
