// `gyre sweep`: Run over many seeds, in child processes side by side; what fails is stored and named as it happens.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/command.h"
#include "tools/cores.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/program_files.h"
#include "tools/progress.h"
#include "tools/results.h"
#include "tools/store.h"
#include "tools/stored_run.h"
#include "tools/sweep_db.h"
#include "tools/sweep_db_command.h"
#include "tools/sweep_engine.h"
#include "tools/sweep_pool.h"
#include "tools/sweep_record.h"
#include "tools/sweep_report.h"
#include "tools/variation.h"

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
  if (line.sweep.doublecheck_ratio.num == 0) return false;
  return seed == line.sweep.seeds->first || Draw(seed, "doublecheck", 0).Chance(line.sweep.doublecheck_ratio);
}

constexpr uint64_t kManySeeds = 1000;  // before their number an hour says something

// The part of `seeds` that this job of an array is to do. Errors say what is missing.
absl::StatusOr<SeedRange> PartOf(const SeedRange& seeds, uint64_t batch) {
  for (const char* name : {"JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID"}) {
    const char* text = std::getenv(name);
    uint64_t index = 0;
    if (text == nullptr) continue;
    if (!absl::SimpleAtoi(text, &index)) return absl::InvalidArgumentError(Concat("--batch: ", name, " is no number."));
    if (index > (seeds.last - seeds.first) / batch) {
      return absl::InvalidArgumentError(
          Concat("--batch: there is no part ", index, " of seeds ", seeds.first, "-", seeds.last, " by ", batch, "."));
    }
    const uint64_t first = seeds.first + index * batch;
    return SeedRange{first, seeds.last - first < batch ? seeds.last : first + batch - 1};
  }
  return absl::InvalidArgumentError(
      "--batch: neither JOB_COMPLETION_INDEX nor SLURM_ARRAY_TASK_ID says which part of the seeds this is.");
}

// Whether the options take what can be drawn: the ends of all ranges.
absl::Status TryRanges(const CommandLine& line, const Words& words) {
  if (line.sweep.vary.empty()) return absl::OkStatus();
  for (const bool high : {false, true}) {
    std::vector<OptionRange> ranges = *ParseRanges(line.sweep.vary);
    for (OptionRange& range : ranges) (high ? range.low : range.high) = high ? range.high : range.low;
    absl::StatusOr<CommandLine> parsed = ParseCommandLine("sweep", kSweep, WithOptions(words, VaryWords(ranges, 0)));
    if (!parsed.ok()) return parsed.status();
    if (absl::Status status = ResolveRun(&*parsed); !status.ok()) return status;
  }
  return absl::OkStatus();
}

class Sweep {
 public:
  Sweep(const CommandLine& line, const Words& words, const Console& console)
      : line_(line),
        words_(words),
        ranges_(line.sweep.vary.empty() ? std::vector<OptionRange>() : *ParseRanges(line.sweep.vary)),
        console_(console),
        report_(!line.test.junit.empty()),
        pool_(line.jobs == 0 ? AllowedCores().size() : line.jobs,
              [this](uint64_t seed, int core) { return RunInChild(seed, core); }) {
    report_.coverage().Expect(PossibleFaults(line.run));
  }

  ExitStatus RunAll() {
    if (const absl::Status opened = OpenAll(); !opened.ok()) {
      console_.Complain(opened);
      return ExitStatus::kUsage;
    }
    uint64_t next = line_.sweep.seeds->first;
    bool more = true;
    absl::Status failure;
    while (failure.ok() && (more || !pool_.idle()) && !Interrupted()) {
      if (more && !pool_.full() && !EnoughFailures() && !TimeIsOver()) {
        if (!known_.contains(next)) failure = StartOne(next);
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
  bool TimeIsOver() const {
    return line_.sweep.time_budget.has_value() &&
           Clock::now() - start_ >= std::chrono::nanoseconds(line_.sweep.time_budget->ns());
  }

  // --out is written anew, so only when nothing can be refused any more; what had ended before is in it too.
  absl::Status OpenAll() {
    absl::StatusOr<ProgramFiles> program = ProgramFiles::Of(line_.run);
    if (!program.ok()) return program.status();
    program_ = *std::move(program);
    if (absl::Status status = OpenDb(); !status.ok()) return status;
    if (absl::Status status = OpenOut(); !status.ok()) return status;
    if (db_ == nullptr) return absl::OkStatus();
    return db_->ForEach([&](const SweepOutcome& outcome) {
      const SeedRange& seeds = *line_.sweep.seeds;
      if (outcome.seed < seeds.first || outcome.seed > seeds.last) return;
      known_.insert(outcome.seed);
      report_.Add(outcome);
      Record(outcome);
      WriteOut(outcome);
    });
  }

  absl::Status OpenDb() {
    if (line_.sweep.db.empty()) return absl::OkStatus();
    absl::StatusOr<std::unique_ptr<SweepDb>> db = SweepDb::Open(line_.sweep.db);
    if (!db.ok()) return db.status();
    db_ = *std::move(db);
    RunConfig any = line_.run;
    any.seed = 0;
    const Json what = Json::ObjectOf({{"config", ConfigToJson(any)},
                                      {"vary", line_.sweep.vary},
                                      {"swarm", line_.sweep.swarm},
                                      {"program", program_.digest()}});
    return db_->Claim(what.Dump());
  }

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
    if (absl::Status status = program_.Unchanged(); !status.ok()) return status;
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
    if (!ranges_.empty()) {
      absl::StatusOr<CommandLine> varied =
          ParseCommandLine("sweep", kSweep, WithOptions(words_, VaryWords(ranges_, seed)));
      CHECK_THAT(varied.ok() && ResolveRun(&*varied).ok(), "a range whose ends are fine has a value that is not");
      config = varied->run;
    }
    config.seed = seed;
    if (line_.sweep.swarm) TurnOffSome(seed, &config);
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
                           {"result", ToJsonWithCoverage(run->record.result)},
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
      outcome.killed = WIFSIGNALED(ended.wait_status) && WTERMSIG(ended.wait_status) == SIGKILL;
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
    outcome->replay = HowToReplay(ConfigOf(outcome->seed), outcome->summary);
  }

  void StopStoring(const absl::Status& why) {
    if (!storing_) return;
    storing_ = false;
    progress_.Clear();
    console_.Complain(Concat(why.message(), " The sweep goes on and stores no further runs."));
  }

  // For the page over the store. A part of a sweep is told by the whole.
  void Record(const SweepOutcome& outcome) {
    const bool part = line_.sweep.batch > 0 && line_.sweep.engine == "local";
    if (!storing_ || part) return;
    absl::Status status;
    if (record_ == nullptr) {
      std::string command = "gyre sweep";
      for (const std::string& word : words_) command += Concat(" ", ShellWord(word));
      absl::StatusOr<std::unique_ptr<SweepRecord>> record =
          SweepRecord::Create(line_.test.store, line_.run.workload, *line_.sweep.seeds, command);
      status = record.status();
      if (record.ok()) record_ = *std::move(record);
    }
    if (status.ok()) status = record_->Add(outcome);
    if (!status.ok()) StopStoring(status);
  }

  void Tell(const SweepOutcome& outcome) {
    report_.Add(outcome);
    progress_.Clear();
    if (!outcome.killed) Record(outcome);
    if (db_ != nullptr && !outcome.killed) {
      if (const absl::StatusOr<bool> added = db_->Add(outcome); !added.ok()) {
        console_.Complain(Concat(added.status().message(),
                                 "; the sweep goes on without. What is in the file stays, and the same command will "
                                 "go on from there."));
        db_ = nullptr;
      }
    }
    if (IsFailure(outcome)) console_.Print(FormatFailure(outcome));
    WriteOut(outcome);
    progress_.Show(absl::StrFormat("%d of %d seeds, %.0f an hour, %s", report_.count(),
                                   line_.sweep.seeds->last - line_.sweep.seeds->first + 1, SeedsAnHour(),
                                   report_.Progress()));
  }

  void WriteOut(const SweepOutcome& outcome) {
    if (out_ == nullptr) return;
    const std::string line = ToJsonLine(outcome);
    if (std::fwrite(line.data(), 1, line.size(), out_) == line.size() && std::fflush(out_) == 0) return;
    console_.Complain(Concat(FileError("write", line_.sweep.out, errno).message(), "; the sweep goes on without."));
    std::fclose(std::exchange(out_, nullptr));
  }

  double SeedsAnHour() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return seconds > 0 ? 3600 * static_cast<double>(report_.count() - known_.size()) / seconds : 0;
  }

  ExitStatus End(const absl::Status& failure) {
    pool_.KillAll();
    places_.clear();
    progress_.Clear();
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
    if (!known_.empty() && line_.sweep.engine == "local") {
      console_.Print(Concat("\n", known_.size(), " of these had ended before.\n"));
    }
    if (report_.count() - known_.size() >= kManySeeds) {
      console_.Print(absl::StrFormat("\n%.0f seeds an hour\n", SeedsAnHour()));
    }
    if (TimeIsOver()) console_.Print("\nThe time budget is over.\n");
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

  using Clock = std::chrono::steady_clock;

  const CommandLine& line_;
  const Words& words_;
  const std::vector<OptionRange> ranges_;
  const Console& console_;
  StatusLine progress_{console_};
  const Clock::time_point start_ = Clock::now();
  ProgramFiles program_;
  std::unique_ptr<SweepDb> db_;
  std::unique_ptr<SweepRecord> record_;
  std::set<uint64_t> known_;  // seeds that had ended before
  SweepReport report_;
  std::map<uint64_t, Place> places_;  // of the runs under way, by seed
  bool storing_ = true;
  FILE* out_ = nullptr;
  SweepPool pool_;
};

}  // namespace

ExitStatus SweepCommand(const Words& words, const Console& console) {
  if (const std::optional<ExitStatus> read = SweepDbCommand(words, console)) return *read;
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
  if (status.ok()) status = TryRanges(*line, words);
  const bool elsewhere = status.ok() && line->sweep.engine != "local";
  if (status.ok() && line->sweep.batch > 0 && !elsewhere) {
    const absl::StatusOr<SeedRange> part = PartOf(*line->sweep.seeds, line->sweep.batch);
    status = part.status();
    if (part.ok()) line->sweep.seeds = *part;
  }
  if (!status.ok()) {
    console.Complain(status);
    return ExitStatus::kUsage;
  }
  for (const std::string& note : line->notes) console.Complain(note);
  CatchInterrupts();
  if (elsewhere) {
    if (status = SweepElsewhere(*line, words, console); !status.ok()) {
      console.Complain(status);
      return ExitStatus::kUsage;
    }
  }
  return Sweep(*line, words, console).RunAll();
}

}  // namespace gyre
