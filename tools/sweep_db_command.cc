#include "tools/sweep_db_command.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/begin.h"
#include "tools/sweep_db.h"

namespace gyre {
namespace {

constexpr char kMergeUsage[] =
    "Usage: gyre merge FILE PART... [options]\n\n"
    "Puts the results of parts of a sweep, each what --db or --out wrote, into the results file FILE: each seed once,\n"
    "however often a part comes. A seed that two parts tell differently is named, and the status is 3.\n\n";
constexpr char kMergeExample[] =
    "\nExample: gyre merge all.db part-0.db part-1.jsonl\n         gyre sweep status all.db\n";

constexpr char kDbUsage[] =
    "Usage: gyre sweep status FILE        how many seeds ended how, what was covered, and each group of failures\n"
    "       gyre sweep failures FILE      each seed that failed, and how to replay it\n"
    "       gyre sweep coverage FILE      how many seeds had each pair of message types and each fault, rarest first\n"
    "       gyre sweep show FILE [SEED]   what became of each seed, or of one, a JSON object a line\n\n"
    "Tell what `gyre sweep --db FILE` has kept so far; it may still run. The exit status of status and failures is\n"
    "the worst of the seeds'.\n\n"
    "Example: gyre sweep status seeds.db\n";

ExitStatus Refuse(const absl::Status& why, const Console& console) {
  console.Complain(why);
  return ExitStatus::kUsage;
}

// The faults that the sweep of the file may have had; nothing if the file does not say what was swept.
std::optional<std::vector<std::string>> FaultsAskedFor(SweepDb& db) {
  const absl::StatusOr<std::string> text = db.config();
  if (!text.ok() || text->empty()) return std::nullopt;
  const absl::StatusOr<Json> about = ParseJson(*text);
  const Json* member = about.ok() ? about->Find("config") : nullptr;
  if (member == nullptr) return std::nullopt;
  const absl::StatusOr<RunConfig> config = ConfigFromJson(*member);
  if (!config.ok()) return std::nullopt;
  return PossibleFaults(*config);
}

// Of all seeds, told one by one.
absl::StatusOr<SweepReport> ReportOf(SweepDb& db) {
  SweepReport report(false);
  if (std::optional<std::vector<std::string>> faults = FaultsAskedFor(db)) report.coverage().Expect(*std::move(faults));
  const absl::Status read = db.ForEach([&](const SweepOutcome& outcome) { report.Add(outcome); });
  if (!read.ok()) return read;
  return report;
}

ExitStatus CoverageTable(SweepDb& db, const Console& console) {
  absl::StatusOr<SweepReport> report = ReportOf(db);
  if (!report.ok()) return Refuse(report.status(), console);
  console.Print(report->coverage().Table());
  return ExitStatus::kValid;
}

ExitStatus Status(SweepDb& db, const Console& console) {
  const absl::StatusOr<SweepReport> report = ReportOf(db);
  if (!report.ok()) return Refuse(report.status(), console);
  console.Print(report->Summary());
  return report->status();
}

ExitStatus Failures(SweepDb& db, const Console& console) {
  ExitStatus worst = ExitStatus::kValid;
  const absl::Status read = db.ForEach([&](const SweepOutcome& outcome) {
    worst = Worst(worst, outcome.status);
    if (IsFailure(outcome)) console.Print(FormatFailure(outcome));
  });
  return read.ok() ? worst : Refuse(read, console);
}

ExitStatus Show(SweepDb& db, const Words& words, const Console& console) {
  uint64_t seed = 0;
  if (words.size() > 2 && !absl::SimpleAtoi(words[2], &seed)) {
    return Refuse(absl::InvalidArgumentError(Concat("'", EscapeForTerminal(words[2]), "' is no seed.")), console);
  }
  bool found = false;
  const absl::Status read = db.ForEach([&](const SweepOutcome& outcome) {
    if (words.size() > 2 && outcome.seed != seed) return;
    found = true;
    console.Print(ToJsonLine(outcome));
  });
  if (!read.ok()) return Refuse(read, console);
  if (found || words.size() == 2) return ExitStatus::kValid;
  return Refuse(absl::NotFoundError(Concat("Seed ", seed, " has not ended.")), console);
}

// What a part has, told one by one.
// What was swept is claimed for `whole`, if the part knows.
absl::Status ForEachOf(const std::string& path, SweepDb& whole, absl::FunctionRef<void(const SweepOutcome&)> tell) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  if (absl::StartsWith(*text, "SQLite format 3")) {
    const absl::StatusOr<std::unique_ptr<SweepDb>> db = SweepDb::OpenExisting(path);
    if (!db.ok()) return db.status();
    const absl::StatusOr<std::string> config = (*db)->config();
    if (!config.ok()) return config.status();
    if (absl::Status status = config->empty() ? absl::OkStatus() : whole.Claim(*config); !status.ok()) return status;
    return (*db)->ForEach(tell);
  }
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    ++number;
    if (line.empty()) continue;
    const absl::StatusOr<SweepOutcome> outcome = OutcomeFromLine(ToStd(line));
    // The last line of a job that was killed may be a part of one.
    if (!outcome.ok() && line.data() + line.size() == text->data() + text->size()) break;
    if (!outcome.ok()) {
      return absl::InvalidArgumentError(
          Concat(EscapeForTerminal(path), " line ", number, ": ", outcome.status().message()));
    }
    tell(*outcome);
  }
  return absl::OkStatus();
}

class Merger {
 public:
  explicit Merger(const Console& console) : console_(console) {}

  ExitStatus All(const std::string& path, absl::Span<const std::string> parts) {
    absl::StatusOr<std::unique_ptr<SweepDb>> db = SweepDb::Open(path);
    if (!db.ok()) return Refuse(db.status(), console_);
    absl::Status failure = (*db)->ForEach([&](const SweepOutcome& outcome) { known_[outcome.seed] = outcome; });
    const size_t before = known_.size();
    for (const std::string& part : parts) {
      const auto take = [&](const SweepOutcome& outcome) { Take(**db, outcome, part); };
      if (failure.ok()) failure = ForEachOf(part, **db, take);
    }
    failure.Update(writing_);
    if (!failure.ok()) return Refuse(failure, console_);
    console_.Print(
        absl::StrFormat("%d seeds, %d of them new; %d came again\n", known_.size(), known_.size() - before, again_));
    return different_ ? ExitStatus::kNotReproduced : ExitStatus::kValid;
  }

 private:
  void Take(SweepDb& db, const SweepOutcome& outcome, const std::string& part) {
    const auto [place, is_new] = known_.try_emplace(outcome.seed, outcome);
    if (is_new) {
      writing_.Update(db.Add(outcome).status());
      return;
    }
    ++again_;
    const RunSummary& one = place->second.summary;
    const RunSummary& other = outcome.summary;
    if (one.digest == other.digest && one.valid == other.valid && one.anomaly == other.anomaly) return;
    different_ = true;
    console_.Complain(Concat("Seed ", outcome.seed, " did something else in ", EscapeForTerminal(part), ": ",
                             ToString(other.valid), ", digest ", other.digest, "; kept is ", ToString(one.valid),
                             ", digest ", one.digest, "."));
  }

  const Console& console_;
  std::map<uint64_t, SweepOutcome> known_;
  absl::Status writing_;
  uint64_t again_ = 0;
  bool different_ = false;
};

}  // namespace

std::optional<ExitStatus> SweepDbCommand(const Words& words, const Console& console) {
  constexpr std::string_view kWords[] = {"coverage", "failures", "show", "status"};
  if (words.empty() || std::find(std::begin(kWords), std::end(kWords), words[0]) == std::end(kWords)) {
    return std::nullopt;
  }
  if (std::find(words.begin(), words.end(), "--help") != words.end() ||
      std::find(words.begin(), words.end(), "-h") != words.end()) {
    console.Print(kDbUsage);
    return ExitStatus::kValid;
  }
  if (words.size() < 2 || words.size() > (words[0] == "show" ? 3u : 2u)) {
    console.Complain("Which sweep? gyre sweep status FILE, gyre sweep failures FILE, gyre sweep coverage FILE, gyre "
                     "sweep show FILE [SEED]");
    return ExitStatus::kUsage;
  }
  const absl::StatusOr<std::unique_ptr<SweepDb>> db = SweepDb::OpenExisting(words[1]);
  if (!db.ok()) return Refuse(db.status(), console);
  if (words[0] == "status") return Status(**db, console);
  if (words[0] == "failures") return Failures(**db, console);
  if (words[0] == "coverage") return CoverageTable(**db, console);
  return Show(**db, words, console);
}

ExitStatus MergeCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"merge", kMerge, kMergeUsage, kMergeExample, 2, CommandForm::kAny,
                             "Which parts, and where to? gyre merge all.db part-0.db part-1.jsonl"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  return Merger(console).All(line.positional[0], absl::MakeConstSpan(line.positional).subspan(1));
}

}  // namespace gyre
