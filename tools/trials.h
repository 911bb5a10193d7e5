// Trials: the many runs of a search, in child processes side by side, and what each came to. What a search finds does
// not depend on how many run at a time: candidates have an order, and the first of them that will do is taken. One
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "tools/run/run.h"
#include "tools/summary.h"

namespace gyre {

// A decision that a run took, in words.
struct NamedDecision {
  Decision decision;
  std::string what;       // "n1 -> n2 {...}", "process 3 at n1 read null"
  bool of_client = false;  // of a message from or to a client, which is never lost by chance
  int64_t position = -1;  // of an operation: where its invocation is in the history
  // Of an operation: who invoked it, and, if there are several objects, on which.
  int64_t process = -1;
  std::vector<std::string> objects = {};
};

struct Trial {
  RunSummary summary;
  std::vector<NamedDecision> decisions;  // in order
  Instant history_zero;                  // when history time 0 was
  // Of the first anomaly: where in the history the operations are that its witness names, ascending.
  std::vector<int64_t> witness;
};

// Whether two runs fail the same way: invalid, of the same kind, and crashed at the same place if they did. Where one
// shows it by what was asked at the end, so must the other: before, a right system may not be there yet.
bool FailsLike(const RunSummary& failure, const RunSummary& run);

// What a run must show to stand for one that does not fail as `failure` does.
enum class Bar {
  // Nothing was found of what a run must keep to: it is valid, or all that is wrong, and was not with `failure`, is
  // that some kind of operation never succeeded, which says little of a run of few operations.
  kPasses,
  kShowsNothing,  // the same, or that nothing was seen at all: a run without its one read
};
bool Reaches(Bar bar, const RunSummary& failure, const RunSummary& run);

// A copy of `config` in which the overrides of `kind` are `overrides`.
RunConfig WithOverrides(const RunConfig& config, std::string_view kind, const std::vector<Decision>& overrides);
// Those that it has, in order.
std::vector<Decision> OverridesOf(const RunConfig& config, std::string_view kind);

class Trials {
 public:
  using Clock = std::chrono::steady_clock;

  // `jobs`: at a time; 0: one a core. After `deadline`, and after Ctrl-C, no more are begun.
  Trials(size_t jobs, Clock::time_point deadline);

  // One run, with its decisions. Errors are the machine's, or that there is no more time.
  absl::StatusOr<Trial> Once(const RunConfig& config);
  // The first of `count` candidates that `wanted` wants.
  std::optional<size_t> First(size_t count, absl::FunctionRef<RunConfig(size_t i)> make,
                              absl::FunctionRef<bool(const RunSummary& summary)> wanted);
  // What becomes of each; fewer when there is no more time.
  std::vector<RunSummary> All(size_t count, absl::FunctionRef<RunConfig(size_t i)> make);

  // From now on no more than `share` of the time that is left may be used, until the next phase begins.
  void BeginPhase(double share);

  uint64_t runs() const { return runs_; }
  // Whether the phase's time is over, or all is interrupted.
  bool stopped() const;
  // Called after each run.
  std::function<void()> progress;

 private:
  const size_t jobs_;
  const Clock::time_point deadline_;
  Clock::time_point phase_deadline_;
  uint64_t runs_ = 0;
};

}  // namespace gyre
