// Bisector: what made a run fail. From when on the failure was inevitable, when it was seen, and which one decision
// turns the run into one that passes. A search over decisions. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/changes.h"
#include "tools/trials.h"

namespace gyre {

// The rest of the run from an instant on, with fresh randomness: how often it failed all the same.
struct Reruns {
  Instant from;  // true virtual time
  size_t failed = 0;
  size_t tried = 0;
};

// One decision, and two runs that differ in it alone: one fails as the run does that was given, one passes.
struct Flip {
  Change decision;
  // In how many decisions the run that fails differs from the one that was given. 0: it is that one.
  size_t away = 0;
  RunConfig failing;
  RunConfig passing;
  bool nothing_seen = false;  // what passes does so because it has no operation any more that shows anything
  // How sure it is that this decision decides: with all that is left to chance after it drawn anew, either way.
  Reruns after_failing;
  Reruns after_passing;
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
  // Why there is no flip.
  const std::string& why_not() const { return why_not_; }

 private:
  bool Reaches(Bar bar, const RunSummary& run) const { return gyre::Reaches(bar, trial_.summary, run); }
  std::optional<size_t> FirstThatReaches(Bar bar, size_t count, absl::FunctionRef<RunConfig(size_t i)> make) const;
  RunConfig Reseeded(const RunConfig& base, Instant from, uint64_t seed) const;
  Reruns Rerun(const RunConfig& base, Instant from, size_t times) const;
  std::optional<uint64_t> PassingSeed(Instant from, size_t times, uint64_t first) const;
  std::optional<RunSummary> Summary(const RunConfig& config) const;
  void FindInevitable();
  bool FindOneOf(const Changes& changes, Bar bar);
  void FindByPassingRuns();
  void FindByMessage();
  void FindByOperation();
  void FindOnTheWay(const Changes& changes, Bar bar);
  void FindAmong(const Changes& changes, std::vector<size_t> needed);
  void Keep(Flip flip);
  void AskHowSure();

  const RunConfig config_;
  Trials* const trials_;
  const std::function<void(const std::string& line)> told_;
  Trial trial_;  // of config_
  std::optional<Reruns> inevitable_;
  std::optional<Reruns> avoidable_;
  std::optional<Flip> flip_;
  std::string why_not_;
};

// Where in a history, by position, its failure can first be seen: the shortest part that is judged to have an anomaly
// of the kind. Nothing when none has (a node crashed).
std::optional<size_t> FirstVisible(const RunConfig& config, const History& history, const std::string& anomaly);

}  // namespace gyre
