// `gyre sweep`: Run over many seeds, in child processes side by side; what fails is stored and named as it happens.
#include <sys/wait.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/command.h"
#include "tools/cores.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/results.h"
#include "tools/store.h"
#include "tools/stored_run.h"
#include "tools/sweep_pool.h"
#include "tools/sweep_report.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre sweep -w WORKLOAD --bin PROGRAM --seeds A-B [options] [-- ARGUMENTS OF THE PROGRAM]\n\n"
    "Tests many seeds, one simulation a core. Failures are printed with their replay command as they happen;\n"
    "only failing runs are stored. Options as of `gyre test`, and:\n\n";
constexpr char kExample[] =
    "\nExample: gyre sweep -w broadcast --bin ./flood --seeds 1-1000 --jobs 4 --out seeds.jsonl\n";

// Chosen by the seed itself, so that the same seeds are checked in any sweep. The first of a sweep always is: a sweep
// of a few seeds should notice a leaky program too.
bool RunsTwice(const CommandLine& line, uint64_t seed) {
  if (line.test.doublecheck) return true;
  if (line.sweep.doublecheck_share.num == 0) return false;
  return seed == line.sweep.seeds->first || Draw(seed, "doublecheck", 0).Chance(line.sweep.doublecheck_share);
}

class Sweep {
 public:
  Sweep(const CommandLine& line, const Console& console)
      : line_(line),
        console_(console),
        report_(!line.test.junit.empty()),
        pool_(line.jobs == 0 ? AllowedCores().size() : line.jobs,
              [this](uint64_t seed, int core) { return RunInChild(seed, core); }) {}

  ExitStatus RunAll() {
    if (const absl::Status status = OpenOut(); !status.ok()) {
      console_.Complain(status);
      return ExitStatus::kUsage;
    }
    uint64_t next = line_.sweep.seeds->first;
    bool more = true;
    absl::Status failure;
    while (failure.ok() && (more || !pool_.idle()) && !Interrupted()) {
      if (more && !pool_.full() && !EnoughFailures()) {
        failure = StartOne(next);
        more = next++ != line_.sweep.seeds->last;
        continue;
      }
      if (pool_.idle()) break;  // enough failures, and none still runs
      SweepPool::Ended ended;
      if (pool_.WaitOne(&ended)) failure = Finish(ended);
    }
    return End(failure);
  }

 private:
  bool EnoughFailures() const { return line_.sweep.stop_after > 0 && report_.failures() >= line_.sweep.stop_after; }

  absl::Status OpenOut() {
    if (line_.sweep.out.empty()) return absl::OkStatus();
    out_ = std::fopen(line_.sweep.out.c_str(), "we");
    return out_ == nullptr ? FileError("create", line_.sweep.out, errno) : absl::OkStatus();
  }

  // The directories of a run, made before its child so that the parent can remove them when the child dies.
  struct Place {
    std::optional<StoreEntry> first;
    std::optional<StoreEntry> second;
  };

  absl::Status StartOne(uint64_t seed) {
    Place& place = places_[seed];
    for (std::optional<StoreEntry>* entry : {&place.first, &place.second}) {
      if (!storing_ || (entry == &place.second && !RunsTwice(line_, seed))) continue;
      absl::StatusOr<StoreEntry> made = StoreEntry::Create(line_.test.store, line_.run.workload);
      if (made.ok()) {
        entry->emplace(*std::move(made));
      } else {
        StopStoring(made.status());
      }
    }
    return pool_.Start(seed);
  }

  RunConfig ConfigOf(uint64_t seed) const {
    RunConfig config = line_.run;
    config.seed = seed;
    config.faults = FaultsOf(config);
    return config;
  }

  // In the child: the run and its line, or {"failure": sentence} when it could not be run at all.
  std::string RunInChild(uint64_t seed, int core) {
    const RunConfig config = ConfigOf(seed);
    const Place& place = places_[seed];
    StoredRunOptions options;
    options.surroundings.core = core;
    options.surroundings.command = ShellCommand(config);
    if (place.first.has_value()) options.surroundings.directory = place.first->path();
    if (place.second.has_value()) options.second_directory = place.second->path();
    options.doublecheck = RunsTwice(line_, seed);
    options.write_valid = false;
    const absl::StatusOr<StoredRun> run = RunAndWrite(config, options);
    if (!run.ok()) return Json::ObjectOf({{"failure", std::string(run.status().message())}}).Dump();
    return Json::ObjectOf({{"status", static_cast<int>(run->status)},
                           {"result", ToJson(run->record.result)},
                           {"difference", run->comparison.text},
                           {"files", std::string(run->files.message())}})
        .Dump();
  }

  // What a child that ended found. Errors end the sweep: they would meet every seed.
  absl::Status Finish(const SweepPool::Ended& ended) {
    Place place = std::move(places_[ended.seed]);
    places_.erase(ended.seed);
    SweepOutcome outcome;
    outcome.seed = ended.seed;
    outcome.summary.seed = ended.seed;
    outcome.replay = ShellCommand(ConfigOf(ended.seed));
    if (ended.line.empty()) {
      outcome.status = ExitStatus::kBug;
      outcome.text =
          WIFSIGNALED(ended.wait_status)
              ? Concat("the simulation was killed by signal ", WTERMSIG(ended.wait_status))
              : Concat("the simulation ended with status ", WEXITSTATUS(ended.wait_status), "; its message is above");
    } else if (absl::Status status = ReadLine(ended.line, &outcome, place); !status.ok()) {
      return status;
    }
    Tell(outcome);
    return absl::OkStatus();
  }

  absl::Status ReadLine(const std::string& line, SweepOutcome* outcome, Place& place) {
    const absl::StatusOr<Json> json = ParseJson(line);
    if (!json.ok()) return absl::InternalError("a simulation sent a line that is not JSON");
    if (const Json* failure = json->Find("failure")) return absl::FailedPreconditionError(failure->AsString());
    absl::StatusOr<RunSummary> summary = SummaryFromJson(*json->Find("result"));
    if (!summary.ok()) return summary.status();
    outcome->summary = *std::move(summary);
    outcome->status = static_cast<ExitStatus>(json->Find("status")->AsInt());
    const std::string& difference = json->Find("difference")->AsString();
    outcome->text = outcome->status == ExitStatus::kNotReproduced ? FirstLines(difference) : outcome->summary.text;
    const std::string& files = json->Find("files")->AsString();
    if (!files.empty()) {
      StopStoring(absl::UnavailableError(files));
    } else if (IsFailure(*outcome) && place.first.has_value() && report_.GroupSize(*outcome) < line_.sweep.keep) {
      Store(*place.first, outcome);
    }
    return absl::OkStatus();
  }

  static std::string FirstLines(const std::string& text) {
    std::string line = text;
    for (char& c : line) {
      if (c == '\n') c = ' ';
    }
    return line;
  }

  void Store(StoreEntry& entry, SweepOutcome* outcome) {
    const absl::StatusOr<std::string> path = entry.Commit(outcome->seed);
    if (!path.ok()) return StopStoring(path.status());
    outcome->summary.store = *path;
    outcome->replay = HowToReplay(line_.run, outcome->summary);
  }

  void StopStoring(const absl::Status& why) {
    if (!storing_) return;
    storing_ = false;
    Clear();
    console_.Complain(Concat(why.message(), " The sweep goes on and stores no further runs."));
  }

  void Tell(const SweepOutcome& outcome) {
    report_.Add(outcome);
    Clear();
    if (IsFailure(outcome)) console_.Print(FormatFailure(outcome));
    if (out_ != nullptr) {
      const std::string line = ToJsonLine(outcome);
      if (std::fwrite(line.data(), 1, line.size(), out_) != line.size() || std::fflush(out_) != 0) {
        console_.Complain(Concat(FileError("write", line_.sweep.out, errno).message(), "; the sweep goes on without."));
        std::fclose(std::exchange(out_, nullptr));
      }
    }
    if (!console_.terminal) return;
    std::fprintf(console_.err, "\r\x1b[K%s",
                 absl::StrFormat("%d of %d seeds, %d failures", report_.count(),
                                 line_.sweep.seeds->last - line_.sweep.seeds->first + 1, report_.failures())
                     .c_str());
    std::fflush(console_.err);
  }

  void Clear() const {
    if (console_.terminal) std::fputs("\r\x1b[K", console_.err);
  }

  ExitStatus End(const absl::Status& failure) {
    pool_.KillAll();
    places_.clear();
    Clear();
    ExitStatus status = report_.status();
    if (!failure.ok()) {
      console_.Complain(failure);
      status = Worst(status, ExitStatus::kUsage);
    }
    if (Interrupted()) {
      console_.Complain("Interrupted: what follows is what had ended by then.");
      status = Worst(status, ExitStatus::kInterrupted);
    }
    console_.Print(report_.Summary());
    if (!line_.test.ci.empty()) console_.Print(report_.GithubAnnotations(line_.run.workload));
    if (out_ != nullptr) std::fclose(out_);
    if (!line_.test.junit.empty()) {
      const absl::Status written = WriteFileAtomically(line_.test.junit, report_.JUnit(line_.run.workload));
      if (!written.ok()) {
        console_.Complain(written);
        status = Worst(status, ExitStatus::kUsage);
      }
    }
    return status;
  }

  const CommandLine& line_;
  const Console& console_;
  SweepReport report_;
  std::map<uint64_t, Place> places_;  // of the runs under way, by seed
  bool storing_ = true;
  FILE* out_ = nullptr;
  SweepPool pool_;
};

}  // namespace

ExitStatus SweepCommand(const Words& words, const Console& console) {
  absl::StatusOr<CommandLine> line = ParseCommandLine("sweep", kSweep, words);
  if (line.ok() && line->help) {
    const std::string own = WorkloadOptionsHelp("sweep", kSweep, line->run.workload);
    console.Print(own.empty() ? Concat(kUsage, OptionsHelp(kSweep), kExample) : own);
    return ExitStatus::kValid;
  }
  absl::Status status = line.status();
  if (status.ok()) status = ResolveRun(&*line);
  if (status.ok() && !line->sweep.seeds.has_value()) {
    status = absl::InvalidArgumentError("Which seeds? Give a range with --seeds, for instance --seeds 1-1000.");
  }
  if (!status.ok()) {
    console.Complain(status);
    return ExitStatus::kUsage;
  }
  for (const std::string& note : line->notes) console.Complain(note);
  CatchInterrupts();
  return Sweep(*line, console).RunAll();
}

}  // namespace gyre
