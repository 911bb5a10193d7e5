// `gyre bisect`: what made a run fail.
#include <cmath>
#include <cstdio>

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "tools/begin.h"
#include "tools/bisector.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/recorded.h"
#include "tools/store.h"
#include "tools/stored_run.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre bisect DIR|FILE [options]\n\n"
    "Looks for what made the stored run in DIR, or that of the seed file FILE, fail: when the failure can first be\n"
    "seen, from when on it was inevitable, and which one decision turns the run into one that passes, which is\n"
    "stored. A run that `gyre shrink` made is bisected sooner. The exit status is 0 when a decision was found, else "
    "2.\n\n";
constexpr char kExample[] = "\nExample: gyre bisect store/latest\n";

// With all of n reruns failing: below which chance of passing it is, 19 times out of 20.
std::string HowSure(const Reruns& reruns) {
  if (reruns.tried == 0) return "not tried";
  if (reruns.failed < reruns.tried)
    return absl::StrFormat("%d of %d reruns passed", reruns.tried - reruns.failed, reruns.tried);
  const double chance = 1 - std::pow(0.05, 1.0 / static_cast<double>(reruns.tried));
  return absl::StrFormat("all %d reruns failed: a chance below %.0f%% to pass, with 95%% confidence", reruns.tried,
                         100 * chance);
}

class BisectRun {
 public:
  BisectRun(const CommandLine& line, const Console& console) : line_(line), console_(console) {}

  ExitStatus RunAll() {
    const absl::StatusOr<Recorded> recorded = ReadRecorded(line_.positional[0]);
    if (!recorded.ok()) return Refuse(recorded.status());
    const RunConfig& config = recorded->record.config;
    // The search would be for nothing.
    const absl::Status can_store = StoreEntry::Create(line_.test.store, config.workload).status();
    if (!can_store.ok()) return Refuse(can_store);
    const auto start = Trials::Clock::now();
    Trials trials(line_.jobs, start + std::chrono::nanoseconds(line_.search.time_budget.ns()));
    Bisector bisector(config, &trials, [this](const std::string& text) {
      progress_.Clear();
      console_.Print(Concat(text, "\n"));
    });
    trials.progress = [&] { progress_.Show(Concat(trials.runs(), " runs")); };
    const absl::Status status = bisector.Bisect();
    progress_.Clear();
    if (!status.ok()) return Refuse(status);
    console_.Print(Concat(bisector.failure().anomaly, ": ", EscapeForTerminal(bisector.failure().text), "\n\n"));
    TellWhenVisible(config, bisector.failure());
    TellWhenInevitable(bisector);
    if (trials.stopped()) {
      console_.Print(Interrupted() ? "Interrupted: there is no more.\n"
                                   : "The time budget is over: there is no more.\n");
    }
    const ExitStatus end = bisector.flip().has_value() ? TellFlip(*bisector.flip()) : TellNothing(bisector);
    console_.Print(absl::StrFormat("\n%d runs, %.1f s\n", trials.runs(),
                                   std::chrono::duration<double>(Trials::Clock::now() - start).count()));
    return Interrupted() ? ExitStatus::kInterrupted : end;
  }

 private:
  ExitStatus Refuse(const absl::Status& why) const {
    console_.Complain(why);
    return Interrupted() ? ExitStatus::kInterrupted : ExitStatus::kUsage;
  }

  void TellWhenVisible(const RunConfig& config, const RunSummary& failure) const {
    const absl::StatusOr<RunResult> result = Run(config, {});
    if (!result.ok()) return;
    const SimulationResult& simulation = result->simulation;
    if (const std::optional<size_t> seen = FirstVisible(config, simulation.history, failure.anomaly)) {
      const Op& op = simulation.history[*seen];
      console_.Print(Concat("Visible from     ", ToString(simulation.history_zero + Duration(op.time.ns())),
                            " on: process ", op.process.value(), " ", op.f.text(), " ",
                            EscapeForTerminal(Shortened(op.value.Dump(), 60)), " ", ToString(op.type), "\n"));
      return;
    }
    for (const RunFinding& finding : simulation.findings) {
      if (finding.kind != failure.anomaly) continue;
      console_.Print(
          Concat("Visible from     ", ToString(finding.time), " on: ", finding.node, " ", finding.kind, "\n"));
      return;
    }
  }

  void TellWhenInevitable(const Bisector& bisector) const {
    if (!bisector.inevitable().has_value()) return;
    const Reruns& from = *bisector.inevitable();
    console_.Print(Concat(from.failed == from.tried ? "Inevitable from  " : "Likely from      ",
                          ToString(bisector.inevitable()->from), " on: ", HowSure(*bisector.inevitable()), "\n"));
    console_.Print(
        Concat("Avoidable until  ", ToString(bisector.avoidable()->from), ": ", HowSure(*bisector.avoidable()), "\n"));
  }

  ExitStatus TellFlip(const Flip& flip) const {
    const Change& decision = flip.decision;
    console_.Print(Concat("\nThis decides:    ", EscapeForTerminal(decision.what), "\n  fails:   ", decision.was,
                          "\n  passes:  ", decision.becomes, "\n"));
    if (flip.nothing_seen) console_.Print("Without it no operation is left that would show anything.\n");
    const Reruns& after = flip.after_failing;
    const Reruns& otherwise = flip.after_passing;
    if (after.tried > 0 && otherwise.tried > 0) {
      console_.Print(absl::StrFormat("Of reruns with fresh randomness after it %d of %d fail, otherwise %d of %d.\n",
                                     after.failed, after.tried, otherwise.failed, otherwise.tried));
    }
    std::string failing = line_.positional[0];
    if (flip.away == 0) {
      console_.Print("The two runs differ in this decision alone.\n");
    } else {
      const absl::StatusOr<std::string> path = Store(flip.failing);
      failing = path.value_or(failing);
      console_.Print(Concat("The two runs, both ", flip.away, flip.away == 1 ? " decision" : " decisions",
                            " away from this one, differ in this decision alone.\nThe run that fails:  ",
                            ShellWord(failing), "\n"));
    }
    const absl::StatusOr<std::string> path = Store(flip.passing);
    if (!path.ok()) {
      console_.Complain(path.status());
      return ExitStatus::kValid;
    }
    console_.Print(Concat("The run that passes: ", ShellWord(*path), "\nSide by side:        gyre diff ",
                          ShellWord(failing), " ", ShellWord(*path), "\n"));
    return ExitStatus::kValid;
  }

  ExitStatus TellNothing(const Bisector& bisector) const {
    console_.Print(Concat("No decision was found that makes the run pass: ", bisector.why_not(), ".\n"));
    return ExitStatus::kUnknown;
  }

  absl::StatusOr<std::string> Store(const RunConfig& config) const {
    absl::StatusOr<StoreEntry> entry = StoreEntry::Create(line_.test.store, config.workload);
    if (!entry.ok()) return entry.status();
    StoredRunOptions options;
    options.surroundings.directory = entry->path();
    const absl::StatusOr<StoredRun> run = RunAndWrite(config, options);
    if (!run.ok()) return run.status();
    if (!run->files.ok()) return run->files;
    return entry->Commit(config.seed);
  }

  const CommandLine& line_;
  const Console& console_;
  StatusLine progress_{console_};
};

}  // namespace

ExitStatus BisectCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"bisect", kBisect, kUsage, kExample, 1, 1,
                             "Which run? Name one directory of the store, or a seed file: gyre bisect store/latest"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  CatchInterrupts();
  return BisectRun(line, console).RunAll();
}

}  // namespace gyre
