// Bisector: what made a run fail. From when on the failure was inevitable, when it was seen, and which one decision
// turns the run into one that passes. A search over decisions. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/trials.h"

namespace gyre {

// The rest of the run from an instant on, with fresh randomness: how often it failed all the same.
struct Reruns {
  Instant from;  // true virtual time
  size_t failed = 0;
  size_t tried = 0;
};

// A run that passes, and the decision without which it does not.
struct Flip {
  std::string what;    // the decision
  std::string fails;   // how it was decided in the run that fails, and
  std::string passes;  // in the one that passes
  Instant at;          // when
  size_t others = 0;   // decisions beside it in which the two runs differ
  RunConfig passing;
};

class Bisector {
 public:
  // `trials` is borrowed; `told` gets a line when something is known.
  Bisector(RunConfig config, Trials* trials, std::function<void(const std::string& line)> told);

  // An error when the run cannot be done, or does not fail. What is not known when time is over is left empty.
  absl::Status Bisect();

  // The first instant from which it always fails, and the last before it from which it does not; none when it fails
  // from the beginning, whatever is decided.
  const std::optional<Reruns>& inevitable() const { return inevitable_; }
  const std::optional<Reruns>& avoidable() const { return avoidable_; }
  const std::optional<Flip>& flip() const { return flip_; }
  const RunSummary& failure() const { return trial_.summary; }

 private:
  // How one thing was decided: overrides that say so.
  struct Choice {
    std::vector<Decision> overrides;
    std::string what;
    std::string fails;
    std::string passes;
    Instant at;
  };

  RunConfig Reseeded(Instant from, uint64_t seed) const;
  Reruns Rerun(Instant from, size_t times) const;
  std::optional<uint64_t> PassingSeed(Instant from, size_t times) const;
  void FindInevitable();
  void FindFlipByPassingRun();
  void FindFlipOfOneMessage();
  void FindFlipOfFault();
  void FindFlipOfOperation();
  std::vector<Choice> Differences(const Trial& passing) const;
  RunConfig With(const std::vector<Choice>& choices, const std::vector<size_t>& which) const;
  std::vector<size_t> FewestThatPass(const std::vector<Choice>& choices) const;

  const RunConfig config_;
  Trials* const trials_;
  const std::function<void(const std::string& line)> told_;
  Trial trial_;  // of config_
  std::optional<Reruns> inevitable_;
  std::optional<Reruns> avoidable_;
  std::optional<Flip> flip_;
};

// Where in a history, by position, its failure can first be seen: the shortest part that is judged to have an anomaly
// of the kind. Nothing when none has (a node crashed).
std::optional<size_t> FirstVisible(const RunConfig& config, const History& history, const std::string& anomaly);

}  // namespace gyre
