// Decisions: the one door through which randomness enters a run (semantics.md, Decisions). Choose looks in the
// override map, else draws by key, and records what is not a default. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"

namespace gyre {

// One line of decisions.jsonl or of an override file: {"kind", "key", "value", "at"}.
struct Decision {
  std::string kind;  // "delay", "loss", "operation", "thread", "reseed", ...
  std::string key;   // 16 hexadecimal digits; of an override also "*": every key that has none of its own
  int64_t value = 0;
  int64_t at = 0;    // virtual ns when it was taken; of an override: only for "reseed", which holds from there on
};

std::string ToJsonLine(const Decision& decision);
void AppendJsonLine(const Decision& decision, std::string* line);
absl::StatusOr<Decision> ParseDecision(std::string_view line);
// A whole override file's text; errors name the line.
absl::StatusOr<std::vector<Decision>> ParseOverrides(std::string_view text);

class Decisions {
 public:
  // `record` gets each decision that is not a default, when not empty.
  explicit Decisions(uint64_t seed, std::vector<Decision> overrides = {},
                     std::function<void(const Decision&)> record = nullptr);

  // The value of the decision (kind, key): an override's, else `draw(Draw&)`. `otherwise` is the value that is
  // not worth recording (no loss, no extra delay).
  int64_t Choose(std::string_view kind, uint64_t key, Instant now, int64_t otherwise,
                 absl::FunctionRef<int64_t(Draw&)> draw);

  // The seed of the run, before any reseed.
  uint64_t seed() const { return seed_; }
  // The seed that draws use at `now`: that of the last reseed at or before it, else the run's.
  uint64_t SeedAt(Instant now);
  // Overrides that matched nothing so far, in file order.
  std::vector<Decision> Unmatched() const;

 private:
  struct Override {
    Decision decision;
    bool matched = false;
  };
  Override* Find(std::string_view kind, uint64_t key, Instant now);
  // Whether a reseed that stands behind the override at `index` holds at `now`.
  bool IsReseeded(size_t index, Instant now) const;

  uint64_t seed_;
  std::function<void(const Decision&)> record_;
  std::vector<Override> overrides_;                        // in file order
  absl::flat_hash_map<uint64_t, size_t> by_key_;           // by hash of kind and key; looked up only
  std::vector<size_t> reseeds_;                            // indices into overrides_, by `at`
};

}  // namespace gyre
