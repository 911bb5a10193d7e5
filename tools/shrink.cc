// `gyre shrink`: of a failing run a smaller one, stored like any other, and its story on one screen.
#include <cstdio>

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "tools/begin.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/recorded.h"
#include "tools/run/run_files.h"
#include "tools/shrinker.h"
#include "tools/store.h"
#include "tools/stored_run.h"
#include "tools/story.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre shrink DIR|FILE [options]\n\n"
    "Looks for a smaller run that fails the same way as the stored run in DIR, or that of the seed file FILE: fewer\n"
    "faults, operations and nodes, less time, constant delays. Stores it and tells its story. Ctrl-C and the end of\n"
    "--time-budget keep the best so far.\n\n";
constexpr char kExample[] = "\nExample: gyre shrink store/latest\n";

class ShrinkRun {
 public:
  ShrinkRun(const CommandLine& line, const Console& console) : line_(line), console_(console) {}

  ExitStatus RunAll() {
    const absl::StatusOr<Recorded> recorded = ReadRecorded(line_.positional[0]);
    if (!recorded.ok()) return Refuse(recorded.status());
    if (absl::Status status = CanStore(recorded->record.config.workload); !status.ok()) return Refuse(status);
    const auto start = Trials::Clock::now();
    Trials trials(line_.jobs, start + std::chrono::nanoseconds(line_.search.time_budget.ns()));
    Shrinker shrinker(recorded->record.config, &trials, [this](const std::string& text) {
      progress_.Clear();
      console_.Print(Concat(text, "\n"));
    });
    trials.progress = [&] {
      progress_.Show(Concat(ToString(shrinker.size()), "; ", trials.runs(), " runs"));
    };
    console_.Print(Concat("Shrinking ", ShellWord(line_.positional[0]), "\n"));
    const absl::Status status = shrinker.Shrink();
    progress_.Clear();
    if (!status.ok()) return Refuse(status);
    const double seconds = std::chrono::duration<double>(Trials::Clock::now() - start).count();
    if (trials.stopped()) {
      console_.Print(Interrupted() ? "Interrupted: this is the best so far.\n"
                                   : "The time budget is over: this is the best so far.\n");
    }
    console_.Print(absl::StrFormat("%s\nof %s, in %d runs, %.1f s\n", ToString(shrinker.size()),
                                   ToString(shrinker.original_size()), trials.runs(), seconds));
    return Store(shrinker);
  }

 private:
  ExitStatus Refuse(const absl::Status& why) const {
    console_.Complain(why);
    return Interrupted() ? ExitStatus::kInterrupted : ExitStatus::kUsage;
  }

  // Asked before the search, which would be for nothing.
  absl::Status CanStore(const std::string& workload) const {
    return StoreEntry::Create(line_.test.store, workload).status();
  }

  // One run more, with its files, to be told.
  ExitStatus Store(const Shrinker& shrinker) {
    const RunConfig& config = shrinker.best();
    absl::StatusOr<StoreEntry> entry = StoreEntry::Create(line_.test.store, config.workload);
    if (!entry.ok()) return Refuse(entry.status());
    StoredRunOptions options;
    options.surroundings.directory = entry->path();
    StoryTeller teller(config);
    teller.Listen(&options.surroundings);
    absl::StatusOr<StoredRun> run = RunAndWrite(config, options);
    if (!run.ok()) return Refuse(run.status());
    if (!run->files.ok()) return Refuse(run->files);
    if (!FailsLike(shrinker.failure(), run->record.result)) {
      console_.Complain(
          "The smaller run does not fail again: something that gyre does not control decides; try "
          "gyre test --doublecheck.");
      return ExitStatus::kNotReproduced;
    }
    const absl::StatusOr<std::string> path = entry->Commit(config.seed);
    if (!path.ok()) return Refuse(path.status());
    if (const absl::Status latest = PointLatest(line_.test.store, *path); !latest.ok()) console_.Complain(latest);
    console_.Print(Concat("\n", teller.Tell(run->result, Concat(*path, "/", kJournalFile)), "\n", "Everything is in ",
                          ShellWord(*path), "\nReplay: gyre replay ", ShellWord(*path), "\nKeep:   gyre save ",
                          ShellWord(*path), " seeds/NAME.json\n"));
    return ExitStatus::kInvalid;
  }

  const CommandLine& line_;
  const Console& console_;
  StatusLine progress_{console_};
};

}  // namespace

ExitStatus ShrinkCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"shrink", kShrink, kUsage, kExample, 1, 1,
                             "Which run? Name one directory of the store, or a seed file: gyre shrink store/latest"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  CatchInterrupts();
  return ShrinkRun(line, console).RunAll();
}

}  // namespace gyre
