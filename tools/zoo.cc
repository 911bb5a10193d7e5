// `gyre zoo`: every wrong node of a table is convicted, its run shrunk and bisected; no right one is.
#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/bisector.h"
#include "tools/begin.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/run_record.h"
#include "tools/seed_file.h"
#include "tools/shrinker.h"
#include "tools/stored_run.h"
#include "tools/zoo_table.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre zoo [FILE [WORD...]] [options]\n\n"
    "Convicts every wrong node of the table FILE (tests/zoo.tsv), each with the options of its group: the seeds are\n"
    "tried until one fails with the anomaly that is expected; that run is shrunk and bisected. Right nodes must be\n"
    "valid for all seeds. With WORDs only the rows that have one in their group or name. 0 when all is so, else 4.\n\n";
constexpr char kExample[] = "\nExample: gyre zoo tests/zoo.tsv raft --seeds 1-200 --rounds 5\n";

double Since(Trials::Clock::time_point start) {
  return std::chrono::duration<double>(Trials::Clock::now() - start).count();
}

uint64_t Median(std::vector<uint64_t> numbers) {
  if (numbers.empty()) return 0;
  std::sort(numbers.begin(), numbers.end());
  return numbers[(numbers.size() - 1) / 2];
}

class Zoo {
 public:
  Zoo(const CommandLine& line, std::vector<ZooRow> rows, const Console& console)
      : line_(line), rows_(std::move(rows)), seeds_(line.sweep.seeds.value_or(SeedRange{1, 1000})), console_(console) {}

  ExitStatus RunAll() {
    console_.Print(absl::StrFormat("%-42s %6s %7s  %-34s %s\n", "bug", "seeds", "seconds", "shrunk", "bisected"));
    for (const ZooRow& row : rows_) {
      if (Interrupted()) break;
      if (row.anomalies.empty()) {
        Acquit(row);
      } else {
        Convict(row);
      }
    }
    console_.Print(Summary());
    if (Interrupted()) return ExitStatus::kInterrupted;
    return failed_ ? ExitStatus::kDisagrees : ExitStatus::kValid;
  }

 private:
  Trials MakeTrials() const {
    return Trials(line_.jobs, Trials::Clock::now() + std::chrono::nanoseconds(line_.search.time_budget.ns()));
  }

  static RunConfig Seeded(const ZooRow& row, uint64_t seed) {
    RunConfig config = row.config;
    config.seed = seed;
    config.faults = FaultsOf(config);
    return config;
  }

  void Acquit(const ZooRow& row) {
    const uint64_t count = seeds_.last - seeds_.first + 1;
    const auto start = Trials::Clock::now();
    Trials trials(line_.jobs, Trials::Clock::time_point::max());
    const std::optional<size_t> wrong = trials.First(
        count, [&](size_t i) { return Seeded(row, seeds_.first + i); },
        [](const RunSummary& run) { return run.valid != Validity::kValid; });
    acquitted_ += wrong.has_value() ? 0 : trials.runs();
    failed_ = failed_ || wrong.has_value();
    const std::string end =
        wrong.has_value() ? Concat("FALSE ALARM at seed ", seeds_.first + *wrong) : "right: no alarm";
    console_.Print(absl::StrFormat("%-42s %6d %7.1f  %s\n", Label(row), trials.runs(), Since(start), end));
  }

  static std::string Label(const ZooRow& row) { return Shortened(Concat(row.name, " (", row.group, ")"), 42); }

  void Convict(const ZooRow& row) {
    ++bugs_;
    if (row.depth >= 3) ++deep_;
    std::vector<uint64_t> needed;
    std::optional<uint64_t> first;
    double seconds = 0;
    for (uint64_t round = 0; round < line_.zoo.rounds && !Interrupted(); ++round) {
      const uint64_t count = seeds_.last - seeds_.first + 1;
      const uint64_t from = seeds_.first + round * count;
      Trials trials = MakeTrials();
      const auto start = Trials::Clock::now();
      const std::optional<size_t> found = trials.First(
          count, [&](size_t i) { return Seeded(row, from + i); },
          [&](const RunSummary& run) { return IsExpected(row, run); });
      if (round == 0) seconds = Since(start);
      if (!found.has_value()) {
        failed_ = true;
        console_.Print(absl::StrFormat("%-42s %6d %7.1f  NOT CONVICTED of %s\n", Label(row), trials.runs(),
                                       Since(start), absl::StrJoin(row.anomalies, " or ")));
        return;
      }
      needed.push_back(*found + 1);
      if (!first.has_value()) first = from + *found;
    }
    if (!first.has_value()) return;
    ++convicted_;
    needed_.insert(needed_.end(), needed.begin(), needed.end());
    const std::string seeds = needed.size() == 1
                                  ? Concat(needed[0])
                                  : Concat(Median(needed), "/", *std::max_element(needed.begin(), needed.end()));
    const std::string searched = line_.zoo.convict_only ? "" : Search(row, *first);
    console_.Print(absl::StrFormat("%-42s %6s %7.1f  %s\n", Label(row), seeds, seconds, searched));
  }

  static bool IsExpected(const ZooRow& row, const RunSummary& run) {
    return run.valid == Validity::kInvalid &&
           std::find(row.anomalies.begin(), row.anomalies.end(), run.anomaly) != row.anomalies.end();
  }

  // Shrinks and bisects the run; what came of it.
  std::string Search(const ZooRow& row, uint64_t seed) {
    const auto quiet = [](const std::string&) {};
    Trials shrinking = MakeTrials();
    auto start = Trials::Clock::now();
    Shrinker shrinker(Seeded(row, seed), &shrinking, quiet);
    if (const absl::Status status = shrinker.Shrink(); !status.ok()) return Concat("not shrunk: ", status.message());
    const RunSize& size = shrinker.size();
    sizes_.push_back(size.operations + size.faults);
    shrink_seconds_.push_back(static_cast<uint64_t>(Since(start) + 0.5));
    std::string text =
        absl::StrFormat("%d ops + %d faults of %d + %d, %.1f s", size.operations, size.faults,
                        shrinker.original_size().operations, shrinker.original_size().faults, Since(start));
    start = Trials::Clock::now();
    Trials bisecting = MakeTrials();
    Bisector bisector(shrinker.best(), &bisecting, quiet);
    const absl::Status status = bisector.Bisect();
    const std::string flip = status.ok() ? Flipped(bisector) : std::string(status.message());
    Save(row, shrinker.best(), flip);
    return absl::StrFormat("%-34s %.1f s: %s", text, Since(start), EscapeForTerminal(Shortened(flip, 100)));
  }

  // The decision, or why there is none.
  std::string Flipped(const Bisector& bisector) {
    if (!bisector.flip().has_value()) return Concat("nothing: ", bisector.why_not());
    const Flip& found = *bisector.flip();
    (found.away == 0 ? single_ : near_) += 1;
    const std::string away = found.away == 0 ? "" : Concat(found.away, " away: ");
    return Concat(away, found.decision.what, ": ", found.decision.was, ", not ", found.decision.becomes);
  }

  // Keeps the small run as a seed file, if asked.
  void Save(const ZooRow& row, const RunConfig& config, const std::string& flip) {
    if (line_.zoo.save.empty()) return;
    const absl::StatusOr<RunResult> result = Run(config, {});
    if (!result.ok()) return console_.Complain(result.status());
    SeedFile seed;
    seed.record = MakeRecord(config, *result);
    seed.expect = ExpectationOf(seed.record.result);
    seed.story = Concat(row.name, ": ", row.what, ". What decides: ", flip, ".");
    std::string name = Concat(row.group, "-", row.name);
    for (char& c : name) {
      if (c == ' ' || c == '/') c = '-';
    }
    const std::string path = Concat(line_.zoo.save, "/", name, ".json");
    if (const absl::Status status = WriteFileAtomically(path, ToText(seed, path)); !status.ok())
      console_.Complain(status);
  }

  std::string Summary() const {
    std::string text =
        Concat("\n", bugs_, " bugs, ", deep_, " of them of three events or more: ", convicted_, " convicted");
    if (convicted_ > 0) {
      text += Concat(", median ", Median(needed_), " and at worst ", *std::max_element(needed_.begin(), needed_.end()),
                     " seeds");
    }
    if (!sizes_.empty()) {
      text +=
          Concat("\nshrunk to a median of ", Median(sizes_), " operations and faults, at worst ",
                 *std::max_element(sizes_.begin(), sizes_.end()), ", in a median of ", Median(shrink_seconds_), " s");
      text += Concat("\nbisected to one decision ", single_ + near_, ", ", near_,
                     " of them of a run near the one that failed; to nothing ", sizes_.size() - single_ - near_);
    }
    if (acquitted_ > 0) text += Concat("\nno false alarm in ", acquitted_, " runs of right nodes");
    return text + "\n";
  }

  const CommandLine& line_;
  const std::vector<ZooRow> rows_;
  const SeedRange seeds_;
  const Console& console_;
  bool failed_ = false;
  size_t bugs_ = 0;
  size_t deep_ = 0;
  size_t convicted_ = 0;
  size_t acquitted_ = 0;  // runs of right nodes
  size_t single_ = 0;
  size_t near_ = 0;
  std::vector<uint64_t> needed_;  // seeds until the conviction, of each bug and round
  std::vector<uint64_t> sizes_;
  std::vector<uint64_t> shrink_seconds_;
};

bool Wanted(const ZooRow& row, const std::vector<std::string>& positional) {
  if (positional.size() < 2) return true;
  return std::any_of(positional.begin() + 1, positional.end(), [&](const std::string& word) {
    return absl::StrContains(row.group, word) || absl::StrContains(row.name, word);
  });
}

}  // namespace

ExitStatus ZooCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"zoo", kZoo, kUsage, kExample, 0, CommandForm::kAny, ""}, words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  const std::string path = line.positional.empty() ? "tests/zoo.tsv" : line.positional[0];
  const absl::StatusOr<std::string> text = ReadFile(path);
  std::vector<std::string> missing;
  absl::StatusOr<std::vector<ZooRow>> rows = std::vector<ZooRow>();
  if (text.ok()) {
    rows = ParseZoo(*text, &missing);
  } else {
    rows = text.status();
  }
  if (!rows.ok()) {
    console.Complain(Concat(text.ok() ? Concat(EscapeForTerminal(path), ": ") : "", rows.status().message(), "."));
    return ExitStatus::kUsage;
  }
  std::erase_if(*rows, [&](const ZooRow& row) { return !Wanted(row, line.positional); });
  if (!missing.empty()) {
    console.Complain(Concat(
        missing.size(), " rows are left out, since their programs are not there: ", absl::StrJoin(missing, ", "), "."));
  }
  if (rows->empty()) {
    console.Complain("No row is left to be run: name words of its group or name.");
    return ExitStatus::kUsage;
  }
  CatchInterrupts();
  return Zoo(line, *std::move(rows), console).RunAll();
}

}  // namespace gyre
