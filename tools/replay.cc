// `gyre replay`: Run on a stored configuration, and compare with what was stored.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/command.h"
#include "tools/comparison.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/results.h"
#include "tools/run/run_files.h"
#include "tools/store.h"
#include "tools/stored_run.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre replay DIR [options]\n\n"
    "Runs the stored run in DIR again and compares. The exit status is the verdict's (0, 1, 2) when the run did the\n"
    "same, 3 when it did not; of a changed program only the verdict is given.\n\n";
constexpr char kExample[] = "\nExample: gyre replay store/latest\n         gyre replay store/latest --bin ./fixed\n";

// A directory that is removed at the end.
class ScratchDirectory {
 public:
  static absl::StatusOr<ScratchDirectory> Create() {
    const char* place = std::getenv("TMPDIR");
    const absl::StatusOr<std::string> path =
        MakeTemporary(place == nullptr || *place == '\0' ? "/tmp" : place, "gyre-replay-");
    if (!path.ok()) return path.status();
    return ScratchDirectory(*path);
  }
  ~ScratchDirectory() {
    if (!path_.empty()) RemoveTree(path_);
  }
  ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// The files that both runs used and that differ now, and those that only the recorded run used.
std::vector<std::string> ChangedFiles(const RunRecord& recorded, const RunRecord& again) {
  std::vector<std::string> changed;
  for (const auto& [path, hash] : recorded.manifest) {
    const auto same_path = [&path = path](const auto& entry) { return entry.first == path; };
    const auto now = std::find_if(again.manifest.begin(), again.manifest.end(), same_path);
    if (now == again.manifest.end() ? !Exists(path) : now->second != hash) changed.push_back(path);
  }
  return changed;
}

// Whether a changed file is the program under test: its own file, one that its arguments name, or one beside it.
bool IsProgram(const RunConfig& config, const std::string& path) {
  const std::string beside = config.bin.substr(0, config.bin.rfind('/') + 1);
  if (path == config.bin ||
      (beside.size() > 1 && !absl::StartsWith(beside, "/usr/") && absl::StartsWith(path, beside))) {
    return true;
  }
  return std::any_of(config.args.begin(), config.args.end(), [&](const std::string& arg) {
    return absl::StrContains(path, arg) && absl::StrContains(arg, '/');
  });
}

// The run to do: the recorded one with what the command line changes.
absl::StatusOr<RunConfig> Changed(const RunRecord& recorded, const ReplayFlags& flags) {
  RunConfig config = recorded.config;
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

// The end of a replay of what was recorded: compare, say what differs.
ExitStatus Judge(const RunRecord& recorded, const StoredRun& again, const std::string& directory,
                 const std::string& second_directory, const ReplayFlags& flags, const Console& console) {
  const std::vector<std::string> changed = ChangedFiles(recorded, again.record);
  bool program_changed = again.record.program != recorded.program || !flags.override_file.empty();
  for (const std::string& path : changed) {
    console.Print(Concat("Changed since the run was recorded: ", EscapeForTerminal(path), "\n"));
    program_changed = program_changed || IsProgram(recorded.config, path);
  }
  const Comparison comparison =
      Compare(ComparedOf("recorded", recorded, Concat(directory, "/", kJournalFile)),
              ComparedOf("replayed", again.record, Concat(second_directory, "/", kJournalFile)));
  if (!comparison.comparable) {
    console.Print(comparison.text);
    return again.status;
  }
  if (comparison.digest_equal && comparison.calls_equal) {
    console.Print(Concat("Reproduced: digest ", recorded.result.digest, "\n"));
    return again.status;
  }
  if (program_changed) {
    console.Print("The program or its decisions were changed: only the verdict counts, no digest is compared.\n");
    return again.status;
  }
  if (comparison.digest_equal) {
    console.Print(Concat("Reproduced, with other system calls (a failure with --strict).\n", comparison.text));
    return flags.strict ? ExitStatus::kNotReproduced : again.status;
  }
  console.Print(Concat("NOT REPRODUCED\n", comparison.text));
  return ExitStatus::kNotReproduced;
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

ExitStatus Replay(const CommandLine& line, const Console& console) {
  const std::string& directory = line.positional[0];
  const absl::StatusOr<RunRecord> recorded = ReadRecord(directory);
  if (!recorded.ok()) {
    console.Complain(recorded.status());
    return ExitStatus::kUsage;
  }
  const ExitStatus cannot = line.replay.bisect ? ExitStatus::kSkip : ExitStatus::kUsage;
  const absl::StatusOr<RunConfig> config = Changed(*recorded, line.replay);
  if (!config.ok()) {
    console.Complain(config.status());
    return cannot;
  }
  const std::string& traced = line.replay.strace;
  if (!traced.empty() && std::find(config->nodes.begin(), config->nodes.end(), traced) == config->nodes.end()) {
    console.Complain(Concat("--strace: the run has no node '", EscapeForTerminal(traced), "'; its nodes are ",
                            absl::StrJoin(config->nodes, ", "), "."));
    return ExitStatus::kUsage;
  }
  const absl::StatusOr<ScratchDirectory> scratch = ScratchDirectory::Create();
  if (!scratch.ok()) {
    console.Complain(scratch.status());
    return ExitStatus::kUsage;
  }
  console.Print(FormatStart(*config));
  ProgressLine progress(console);
  StoredRunOptions options;
  options.surroundings.directory = scratch->path();
  options.surroundings.command = Concat("gyre replay ", ShellWord(directory));
  options.surroundings.progress = [&](const Progress& now) { progress.Update(now); };
  options.surroundings.interrupted = InterruptFlag();
  options.surroundings.trace_node = line.replay.strace;
  options.surroundings.console = [&](std::string_view told) {
    progress.Clear();
    console.Print(Concat(EscapeForTerminal(std::string(told)), "\n"));
  };
  bool stood = false;
  if (line.replay.until.has_value()) {
    options.surroundings.until = Instant() + *line.replay.until;
    options.surroundings.at_until = [&](const std::vector<StandingProcess>& standing) {
      progress.Clear();
      stood = true;
      Stand(standing, *line.replay.until, console);
    };
  }
  absl::StatusOr<StoredRun> run = RunAndWrite(*config, options);
  progress.Clear();
  if (run.ok() && stood) return ExitStatus::kInterrupted;
  if (!run.ok()) {
    console.Complain(run.status());
    return cannot;
  }
  // What is stored is told of only when this was the same run.
  if (line.replay.bin.empty() && line.replay.override_file.empty()) run->record.result.store = directory;
  console.Print(FormatResults(*config, run->result, run->record.result, run->comparison));
  console.Print(Unmatched(run->result));
  if (run->status == ExitStatus::kInterrupted) return run->status;
  const ExitStatus status = Judge(*recorded, *run, directory, scratch->path(), line.replay, console);
  return line.replay.bisect ? ForBisect(status, *run) : status;
}

}  // namespace

ExitStatus ReplayCommand(const Words& words, const Console& console) {
  const absl::StatusOr<CommandLine> line = ParseCommandLine("replay", kReplay, words);
  if (!line.ok()) {
    console.Complain(line.status());
    return ExitStatus::kUsage;
  }
  if (line->help) {
    console.Print(Concat(kUsage, OptionsHelp(kReplay), kExample));
    return ExitStatus::kValid;
  }
  if (line->positional.size() != 1) {
    console.Complain("Which run? Name one directory of the store: gyre replay store/latest");
    return ExitStatus::kUsage;
  }
  CatchInterrupts();
  return Replay(*line, console);
}

}  // namespace gyre
