// `gyre replay`: Run on a stored configuration, and compare with what was stored. A directory of seed files is
// replay_seeds.cc.
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_join.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/begin.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/recorded.h"
#include "tools/replay_judgement.h"
#include "tools/replay_seeds.h"
#include "tools/results.h"
#include "tools/store.h"
#include "tools/stored_run.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre replay DIR|FILE [options] [-- ARGUMENTS OF THE PROGRAM]\n\n"
    "Runs the stored run in DIR, or of the seed file FILE, again and compares. The exit status is the verdict's\n"
    "(0, 1, 2) when the run did the same, 3 when it did not; of a changed program only the verdict is given.\n"
    "Of a directory of seed files all are run: 0 when each ends as it expects, else 4.\n\n";
constexpr char kExample[] =
    "\nExample: gyre replay store/latest\n         gyre replay seeds/\n"
    "         git bisect run gyre replay --bisect seeds/lost.json --bin ./node\n";

// The run to do: the recorded one with what the command line changes.
absl::StatusOr<RunConfig> Changed(const RunRecord& recorded, const CommandLine& line) {
  const ReplayFlags& flags = line.replay;
  RunConfig config = recorded.config;
  if (line.args_given) config.args = line.run.args;
  if (!flags.bin.empty()) {
    absl::StatusOr<std::string> bin = ResolveBin(flags.bin);
    if (!bin.ok()) return bin.status();
    config.bin = *std::move(bin);
  } else if (!Exists(config.bin)) {
    return absl::NotFoundError(Concat("The program of this run, ", EscapeForTerminal(config.bin),
                                      ", is gone; name where it is now with --bin PROGRAM."));
  }
  if (flags.override_file.empty()) return config;
  absl::StatusOr<std::string> text = ReadFile(flags.override_file);
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<Decision>> overrides = ParseOverrides(*text);
  if (!overrides.ok()) {
    return absl::InvalidArgumentError(Concat(flags.override_file, ": ", overrides.status().message()));
  }
  config.overrides.insert(config.overrides.end(), overrides->begin(), overrides->end());
  return config;
}

std::string Unmatched(const RunResult& result) {
  std::string text;
  for (const Decision& decision : result.unmatched_overrides) {
    text += Concat("This override matched nothing: ", ToJsonLine(decision), "\n");
  }
  return text;
}

// What is told when the nodes stand still, and then waits for Ctrl-C.
void Stand(const std::vector<StandingProcess>& standing, Duration until, const Console& console) {
  std::string text = Concat("Stopped at ", FormatSeconds(until.ns()),
                            " of virtual time. These processes stand still, for a debugger to look at:\n\n");
  for (const StandingProcess& process : standing) {
    text += Concat("  ", process.node, "  process ", process.node_pid, ", ", process.threads,
                   process.threads == 1 ? " thread:  gdb -p " : " threads:  gdb -p ", process.pid, "\n");
  }
  text += "\nOne that is continued leaves the simulation: its system calls fail (ENOSYS). Ctrl-C ends all.\n";
  console.Print(text);
  while (!Interrupted()) usleep(50'000);
}

// What `git bisect run` needs: a program of which nothing can be said is skipped.
ExitStatus ForBisect(ExitStatus status, const StoredRun& run) {
  if (run.result.simulation.reason == EndReason::kSetupFailed) return ExitStatus::kSkip;
  const bool nothing = status == ExitStatus::kUnknown || status == ExitStatus::kNotReproduced;
  return nothing ? ExitStatus::kSkip : status;
}

class Replay {
 public:
  Replay(const CommandLine& line, const Console& console)
      : line_(line), flags_(line.replay), place_(line.positional[0]), console_(console), progress_(console) {}

  ExitStatus RunOnce() {
    const absl::StatusOr<Recorded> recorded = ReadRecorded(place_);
    if (!recorded.ok()) return Refuse(recorded.status(), ExitStatus::kUsage);
    const absl::StatusOr<RunConfig> config = Changed(recorded->record, line_);
    if (!config.ok()) return Refuse(config.status(), Cannot());
    const std::vector<std::string>& nodes = config->nodes;
    if (!flags_.strace.empty() && std::find(nodes.begin(), nodes.end(), flags_.strace) == nodes.end()) {
      return Refuse(absl::InvalidArgumentError(Concat("--strace: the run has no node '",
                                                      EscapeForTerminal(flags_.strace), "'; its nodes are ",
                                                      absl::StrJoin(nodes, ", "), ".")),
                    ExitStatus::kUsage);
    }
    const absl::StatusOr<ScratchDirectory> scratch = ScratchDirectory::Create("gyre-replay-");
    if (!scratch.ok()) return Refuse(scratch.status(), ExitStatus::kUsage);
    console_.Print(FormatStart(*config));
    absl::StatusOr<StoredRun> run = RunAndWrite(*config, OptionsFor(scratch->path()));
    progress_.Clear();
    if (run.ok() && stood_) return ExitStatus::kInterrupted;
    if (!run.ok()) return Refuse(run.status(), Cannot());
    return Tell(*recorded, *config, *std::move(run), scratch->path());
  }

 private:
  ExitStatus Cannot() const { return flags_.bisect ? ExitStatus::kSkip : ExitStatus::kUsage; }

  ExitStatus Refuse(const absl::Status& why, ExitStatus status) const {
    console_.Complain(why);
    return status;
  }

  std::string AgainCommand() const {
    std::string command = Concat("gyre replay ", ShellWord(place_));
    if (!flags_.bin.empty()) command += Concat(" --bin ", ShellWord(flags_.bin));
    if (line_.args_given) command += " --";
    for (const std::string& arg : line_.args_given ? line_.run.args : Words()) command += Concat(" ", ShellWord(arg));
    return command;
  }

  StoredRunOptions OptionsFor(const std::string& directory) {
    StoredRunOptions options;
    options.surroundings.directory = directory;
    options.surroundings.command = Concat("gyre replay ", ShellWord(place_));
    options.surroundings.progress = [this](const Progress& now) { progress_.Update(now); };
    options.surroundings.interrupted = InterruptFlag();
    options.surroundings.trace_node = flags_.strace;
    options.surroundings.console = [this](std::string_view told) {
      progress_.Clear();
      console_.Print(Concat(EscapeForTerminal(std::string(told)), "\n"));
    };
    if (flags_.until.has_value()) {
      options.surroundings.until = Instant() + *flags_.until;
      options.surroundings.at_until = [this](const std::vector<StandingProcess>& standing) {
        progress_.Clear();
        stood_ = true;
        Stand(standing, *flags_.until, console_);
      };
    }
    return options;
  }

  ExitStatus Tell(const Recorded& recorded, const RunConfig& config, StoredRun run,
                  const std::string& directory) const {
    // What is stored is told of only when this was the same run.
    const bool forced = !flags_.override_file.empty();
    if (flags_.bin.empty() && !line_.args_given && !forced) run.record.result.store = recorded.store;
    // What a seed file or a shrunk run holds cannot be said by options.
    const bool told_by_options = !recorded.expect.has_value() && config.overrides.empty();
    const std::string again = told_by_options || forced || !run.record.result.store.empty() ? "" : AgainCommand();
    console_.Print(FormatResults(config, run.result, run.record.result, run.comparison, console_.colour, again));
    console_.Print(Unmatched(run.result));
    if (run.status == ExitStatus::kInterrupted) return run.status;
    const ReplayJudgement judgement = JudgeReplay(recorded.record, recorded.store, run.record, directory, forced);
    console_.Print(judgement.text);
    if (recorded.expect.has_value()) {
      const SeedExpectation got = ExpectationOf(run.record.result);
      console_.Print(got == *recorded.expect
                         ? Concat("As expected: ", ToString(got), ".\n")
                         : Concat("NOT AS EXPECTED: ", ToString(*recorded.expect), ".\n"));
    }
    const bool failed = judgement.reproduction == Reproduction::kNotReproduced ||
                        (judgement.reproduction == Reproduction::kOtherCalls && flags_.strict);
    const ExitStatus status = failed ? ExitStatus::kNotReproduced : run.status;
    return flags_.bisect ? ForBisect(status, run) : status;
  }

  const CommandLine& line_;
  const ReplayFlags& flags_;
  const std::string& place_;
  const Console& console_;
  ProgressLine progress_;
  bool stood_ = false;
};

bool HasRunRecord(const std::string& place) { return Exists(Concat(place, "/", kRunRecordFile)); }

}  // namespace

ExitStatus ReplayCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"replay", kReplay, kUsage, kExample, 1, 1,
                             "Which run? Name one directory of the store: gyre replay store/latest"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  CatchInterrupts();
  const std::string& place = line.positional[0];
  if (IsDirectory(place) && !HasRunRecord(place)) return ReplaySeeds(line, console);
  return Replay(line, console).RunOnce();
}

}  // namespace gyre
