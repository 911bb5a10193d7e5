#include "tools/replay_seeds.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/cores.h"
#include "tools/interrupt.h"
#include "tools/replay_judgement.h"
#include "tools/seed_file.h"
#include "tools/stored_run.h"
#include "tools/sweep_pool.h"

namespace gyre {
namespace {

constexpr size_t kChangedNamed = 3;

// What a child sends: how it went, and the line that is told.
struct Outcome {
  ExitStatus status = ExitStatus::kUsage;
  Reproduction reproduction = Reproduction::kReproduced;
  std::string text;
  bool mended = false;  // another program than the recorded one is valid where that was not
};

std::string Names(const std::vector<std::string>& changed) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(changed.size(), kChangedNamed); ++i) {
    names.push_back(EscapeForTerminal(changed[i].substr(changed[i].rfind('/') + 1)));
  }
  std::string text = absl::StrJoin(names, ", ");
  if (changed.size() > kChangedNamed) text += Concat(" and ", changed.size() - kChangedNamed, " more");
  return text;
}

std::string Describe(const ReplayJudgement& judgement) {
  switch (judgement.reproduction) {
    case Reproduction::kReproduced:
      return "reproduced";
    case Reproduction::kOtherCalls:
      return "reproduced, with other system calls";
    case Reproduction::kChanged:
      return Concat("digests not compared, changed: ",
                    judgement.changed.empty() ? "the program" : Names(judgement.changed));
    case Reproduction::kNotReproduced:
      return "NOT REPRODUCED: the same program did something else";
    case Reproduction::kIncomparable:
      return "digests not compared, the run was cut short";
  }
  return "";
}

Outcome Replayed(const CommandLine& line, const std::string& path, int core) {
  absl::StatusOr<SeedFile> seed = ReadSeedFile(path);
  if (!seed.ok()) return {ExitStatus::kUsage, Reproduction::kIncomparable, std::string(seed.status().message())};
  RunConfig config = seed->record.config;
  if (!Exists(config.bin)) {
    return {ExitStatus::kUsage, Reproduction::kIncomparable,
            Concat("its program, ", EscapeForTerminal(config.bin), ", is not there")};
  }
  StoredRunOptions options;
  options.surroundings.core = core;
  options.surroundings.command = Concat("gyre replay ", ShellWord(path));
  const absl::StatusOr<StoredRun> run = RunAndWrite(config, options);
  if (!run.ok()) return {ExitStatus::kUsage, Reproduction::kIncomparable, std::string(run.status().message())};
  const ReplayJudgement judgement = JudgeReplay(seed->record, "", run->record, "", false);
  const SeedExpectation got = ExpectationOf(run->record.result);
  Outcome outcome{ExitStatus::kValid, judgement.reproduction, ""};
  outcome.mended = judgement.reproduction == Reproduction::kChanged && got.valid == Validity::kValid &&
                   seed->expect.valid == Validity::kInvalid;
  outcome.text = Concat(ToString(got),
                        got == seed->expect ? ", as expected" : Concat(", NOT AS EXPECTED: ", ToString(seed->expect)),
                        "; ", Describe(judgement));
  if (judgement.reproduction == Reproduction::kNotReproduced ||
      (judgement.reproduction == Reproduction::kOtherCalls && line.replay.strict)) {
    outcome.status = ExitStatus::kNotReproduced;
  }
  if (!(got == seed->expect)) outcome.status = Worst(outcome.status, ExitStatus::kDisagrees);
  return outcome;
}

std::string Send(const Outcome& outcome) {
  return Json::ObjectOf({{"status", static_cast<int>(outcome.status)},
                         {"reproduction", static_cast<int>(outcome.reproduction)},
                         {"text", outcome.text},
                         {"mended", outcome.mended}})
      .Dump();
}

Outcome Receive(const std::string& line) {
  const absl::StatusOr<Json> json = ParseJson(line);
  if (!json.ok()) {
    return {ExitStatus::kBug, Reproduction::kIncomparable, "ended by a bug in gyre; its message is above"};
  }
  return {static_cast<ExitStatus>(json->Find("status")->AsInt()),
          static_cast<Reproduction>(json->Find("reproduction")->AsInt()), json->Find("text")->AsString(),
          json->Find("mended")->AsBool()};
}

// What all came to: counts of what happened, nothing of what did not.
std::string Summary(const std::map<size_t, Outcome>& outcomes) {
  struct Row {
    const char* what;
    bool (*counts)(const Outcome& outcome);
  };
  constexpr Row kRows[] = {
      {"as expected", [](const Outcome& o) { return o.status == ExitStatus::kValid; }},
      {"not as expected", [](const Outcome& o) { return o.status == ExitStatus::kDisagrees; }},
      {"not reproduced", [](const Outcome& o) { return o.status == ExitStatus::kNotReproduced; }},
      {"not run", [](const Outcome& o) { return o.status == ExitStatus::kUsage; }},
      {"ended by a bug in gyre", [](const Outcome& o) { return o.status == ExitStatus::kBug; }},
      {"with another program, whose digests cannot be compared",
       [](const Outcome& o) { return o.reproduction == Reproduction::kChanged; }},
  };
  std::vector<std::string> parts;
  for (const Row& row : kRows) {
    const auto count =
        std::count_if(outcomes.begin(), outcomes.end(), [&](const auto& each) { return row.counts(each.second); });
    if (count > 0) parts.push_back(Concat(count, " ", row.what));
  }
  std::string text =
      Concat("\n", outcomes.size(), outcomes.size() == 1 ? " seed: " : " seeds: ", absl::StrJoin(parts, ", "), "\n");
  if (std::any_of(outcomes.begin(), outcomes.end(), [](const auto& each) { return each.second.mended; })) {
    text += "If that program was mended, its seed is a test from now on: let \"expect\" in the file say "
            "{\"valid\": true, \"anomaly\": null}.\n";
  }
  return text;
}

absl::Status RefuseOptionsOfOne(const CommandLine& line) {
  const ReplayFlags& flags = line.replay;
  if (flags.bin.empty() && flags.override_file.empty() && flags.strace.empty() && !flags.until.has_value() &&
      !flags.bisect && !line.args_given) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(Concat(EscapeForTerminal(line.positional[0]),
                                           " is a directory of seed files, which have programs of their own: of the "
                                           "options only --jobs and --strict are for all of them; name one file."));
}

}  // namespace

ExitStatus ReplaySeeds(const CommandLine& line, const Console& console) {
  const absl::StatusOr<std::vector<std::string>> paths = SeedFilesIn(line.positional[0]);
  absl::Status status = paths.status();
  if (status.ok()) status = RefuseOptionsOfOne(line);
  if (!status.ok()) {
    console.Complain(status);
    return ExitStatus::kUsage;
  }
  SweepPool pool(line.jobs == 0 ? AllowedCores().size() : line.jobs,
                 [&](uint64_t i, int core) { return Send(Replayed(line, (*paths)[i], core)); });
  std::map<size_t, Outcome> outcomes;
  size_t started = 0;
  size_t told = 0;
  while (status.ok() && !Interrupted() && (started < paths->size() || !pool.idle())) {
    if (started < paths->size() && !pool.full()) {
      status = pool.Start(started++);
      continue;
    }
    SweepPool::Ended ended;
    if (!pool.WaitOne(&ended)) continue;
    outcomes[ended.seed] = Receive(ended.line);
    for (; outcomes.contains(told); ++told) {
      console.Print(Concat(EscapeForTerminal((*paths)[told]), "  ", outcomes[told].text, "\n"));
    }
  }
  pool.KillAll();
  ExitStatus worst = ExitStatus::kValid;
  for (const auto& [i, outcome] : outcomes) worst = Worst(worst, outcome.status);
  if (!status.ok()) {
    console.Complain(status);
    worst = Worst(worst, ExitStatus::kUsage);
  }
  if (Interrupted()) worst = Worst(worst, ExitStatus::kInterrupted);
  console.Print(Summary(outcomes));
  return worst;
}

}  // namespace gyre
