// `gyre test`: Run, then write the store, then print the results.
#include <sys/random.h>

#include <optional>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/plot/plots.h"
#include "tools/progress.h"
#include "tools/results.h"
#include "tools/store.h"
#include "tools/stored_run.h"
#include "tools/sweep_report.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre test -w WORKLOAD --bin PROGRAM [options] [-- ARGUMENTS OF THE PROGRAM]\n\n"
    "Runs PROGRAM as the nodes of a distributed system in virtual time, and checks what clients saw.\n"
    "Times are decimals in the unit shown, or with one of their own: 50us, 10ms, 2s.\n\n";
constexpr char kExample[] =
    "\nExample: gyre test -w broadcast --bin ./flood --node-count 25 --time-limit 20 --rate 100 --latency 10\n";

// Where the nodes did not come up: an argument that names a file from here, and from where nodes begin does not.
std::string HintOfArguments(const RunConfig& config, const RunResult& result) {
  if (result.simulation.reason != EndReason::kSetupFailed) return "";
  for (const std::string& arg : config.args) {
    if (arg.empty() || arg[0] == '/' || arg[0] == '-' || !Exists(arg) || IsDirectory(arg)) continue;
    return Concat("Hint: the argument ", EscapeForTerminal(ShellWord(arg)),
                  " is a file here, but nodes begin in a directory of their own: give its whole path.\n");
  }
  return "";
}

// A seed for a run that was given none: short enough to be typed.
uint64_t DrawSeed() {
  uint32_t seed = 0;
  CHECK(getrandom(&seed, sizeof seed, 0) == sizeof seed);
  return seed;
}

class TestRuns {
 public:
  TestRuns(const CommandLine& line, const Console& console) : line_(line), console_(console) {}

  // All runs; the worst status.
  ExitStatus RunAll() {
    ExitStatus status = ExitStatus::kValid;
    std::optional<RunSummary> shown;
    SweepReport report(true);
    for (uint64_t i = 0; i < line_.test.test_count; ++i) {
      RunConfig config = line_.run;
      config.seed += i;
      config.faults = FaultsOf(config);
      const absl::StatusOr<StoredRun> run = RunOne(config);
      if (!run.ok()) {
        console_.Complain(run.status());
        return Worst(status, ExitStatus::kUsage);
      }
      report.Add({config.seed, run->status, run->record.result, TextOf(*run), HowToReplay(config, run->record.result)});
      if (!shown.has_value() || Worst(status, run->status) != status) shown = run->record.result;
      status = Worst(status, run->status);
      if (run->status == ExitStatus::kInterrupted) break;
    }
    status = Worst(status, Report(report));
    if (line_.test.json && shown.has_value()) console_.Print(Concat(ToJson(*shown).Dump(), "\n"));
    return status;
  }

 private:
  // In a line: what is wrong with a run.
  static std::string TextOf(const StoredRun& run) {
    return run.status == ExitStatus::kNotReproduced ? run.comparison.text : run.record.result.text;
  }

  // Annotations and JUnit's report, as asked.
  ExitStatus Report(const SweepReport& report) const {
    if (!line_.test.ci.empty()) console_.Print(report.GithubAnnotations(line_.run.workload));
    if (line_.test.junit.empty()) return ExitStatus::kValid;
    const absl::Status written = WriteFileAtomically(line_.test.junit, report.JUnit(line_.run.workload));
    if (written.ok()) return ExitStatus::kValid;
    console_.Complain(written);
    return ExitStatus::kUsage;
  }

  // One run, stored and printed. Errors are those that keep it from running at all.
  absl::StatusOr<StoredRun> RunOne(const RunConfig& config) {
    console_.Print(FormatStart(config));
    absl::StatusOr<StoreEntry> entry = StoreEntry::Create(line_.test.store, config.workload);
    if (!entry.ok()) console_.Complain(entry.status());
    absl::StatusOr<StoreEntry> second = absl::NotFoundError("no second run");
    if (line_.test.doublecheck && entry.ok()) second = StoreEntry::Create(line_.test.store, config.workload);

    ProgressLine progress(console_);
    StoredRunOptions options;
    options.surroundings = SurroundingsFor(config, &progress);
    if (entry.ok()) options.surroundings.directory = entry->path();
    if (second.ok()) options.second_directory = second->path();
    options.doublecheck = line_.test.doublecheck;
    absl::StatusOr<StoredRun> run = RunAndWrite(config, options);
    progress.Clear();
    if (!run.ok()) return run;
    if (entry.ok() && line_.test.plots) Draw(entry->path(), *run);
    if (entry.ok()) Keep(*entry, &*run);
    console_.Print(FormatResults(config, run->result, run->record.result, run->comparison,
                                 console_.colour));
    console_.Print(HintOfArguments(config, run->result));
    return run;
  }

  RunSurroundings SurroundingsFor(const RunConfig& config, ProgressLine* progress) {
    RunSurroundings surroundings;
    surroundings.keep_files = line_.test.keep_files;
    surroundings.log_stderr = line_.test.log_stderr;
    surroundings.log_net_send = line_.test.log_net_send;
    surroundings.log_net_recv = line_.test.log_net_recv;
    surroundings.command = ShellCommand(config);
    surroundings.progress = [progress](const Progress& now) { progress->Update(now); };
    surroundings.console = [this, progress](std::string_view text) {
      progress->Clear();
      const std::string safe = Concat(EscapeForTerminal(text), "\n");
      std::fwrite(safe.data(), 1, safe.size(), console_.err);
    };
    surroundings.interrupted = InterruptFlag();
    return surroundings;
  }

  // Pictures that cannot be drawn cost a sentence.
  void Draw(const std::string& directory, const StoredRun& run) {
    const auto drawn = DrawPlots(directory, run.result.simulation.history, PlotOptions());
    if (!drawn.ok()) console_.Complain(Concat("Not all pictures are drawn: ", drawn.status().message(), "."));
  }

  // Gives the run its place in the store, or says why it has none; the verdict is printed all the same.
  void Keep(StoreEntry& entry, StoredRun* run) {
    if (!run->files.ok()) {
      console_.Complain(Concat("The run is not stored: ", run->files.message(),
                               "; free some space or name another place with --store DIR."));
      return;
    }
    const absl::StatusOr<std::string> path = entry.Commit(run->record.config.seed);
    if (!path.ok()) {
      console_.Complain(path.status());
      return;
    }
    run->record.result.store = *path;
    if (const absl::Status status = PointLatest(line_.test.store, *path); !status.ok()) console_.Complain(status);
  }

  const CommandLine& line_;
  const Console& console_;
};

}  // namespace

ExitStatus TestCommand(const Words& words, const Console& console) {
  absl::StatusOr<CommandLine> line = ParseCommandLine("test", kTest, words);
  if (line.ok() && line->help) {
    const std::string own = WorkloadOptionsHelp("test", kTest, line->run.workload);
    console.Print(own.empty() ? Concat(kUsage, OptionsHelp(kTest), kExample) : own);
    return ExitStatus::kValid;
  }
  absl::Status status = line.status();
  if (status.ok()) status = ResolveRun(&*line);
  if (!status.ok()) {
    console.Complain(status);
    return ExitStatus::kUsage;
  }
  if (!line->test.seed_given) line->run.seed = DrawSeed();
  for (const std::string& note : line->notes) console.Complain(note);
  CatchInterrupts();
  return TestRuns(*line, console).RunAll();
}

}  // namespace gyre
