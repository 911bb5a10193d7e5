// Shrinker: of a run that fails, a smaller one that fails the same way: fewer faults, operations and nodes, less time,
// and no delay, loss or thread switch but those that matter. A search over RunConfigs. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/delta_debugging.h"
#include "tools/trials.h"

namespace gyre {

// What there is of a run that can be taken away.
struct RunSize {
  size_t operations = 0;
  size_t faults = 0;
  size_t nodes = 0;
  size_t losses = 0;    // messages lost by chance
  size_t delays = 0;    // messages whose delay is one of their own
  size_t switches = 0;  // thread switches out of turn
  Duration time;        // of the main phase
};
std::string ToString(const RunSize& size);  // "3 operations, 1 fault, 2 nodes, 0.9 s"

class Shrinker {
 public:
  // `trials` is borrowed; `told` gets a line when a stage has ended.
  Shrinker(RunConfig config, Trials* trials, std::function<void(const std::string& line)> told);

  // An error when the run cannot be done, or does not fail. That time is over is none: the best so far is kept.
  absl::Status Shrink();

  const RunConfig& best() const { return best_; }
  const RunSummary& failure() const { return failure_; }
  const RunSize& original_size() const { return original_; }
  const RunSize& size() const { return size_; }

 private:
  // What can be taken from a run one by one: decisions of a kind, which else are `otherwise`.
  struct Kind {
    const char* kind;
    const char* nouns;
    int64_t otherwise;
  };

  absl::Status Measure();
  bool Take(size_t count, const std::function<RunConfig(size_t)>& make);
  void ShortenTime();
  bool MinimizeThings(size_t count, size_t variations,
                      const std::function<RunConfig(const RunConfig& base, const Remaining&)>& make);
  void ShrinkFaults(size_t variations);
  void GuessOperations();
  void ShrinkOperations(size_t variations);
  void ShrinkNodes();
  void ShrinkDelays();
  void ShrinkKind(const Kind& kind);
  // All decisions of the kind `otherwise`, but as few of `items` as it takes.
  void MinimizeItems(const Kind& kind, const std::vector<Decision>& items, size_t variations);
  void Tell(const std::string& what, size_t before, size_t after) const;

  RunConfig best_;
  Trials* const trials_;
  const std::function<void(const std::string& line)> told_;
  RunSummary failure_;
  Trial trial_;  // of best_
  RunSize original_;
  RunSize size_;
  uint64_t drawn_anew_ = 0;  // numbers of reseeds that were tried
};

}  // namespace gyre
