// One program for all targets, so that it is linked once: GYRE_FUZZ names the target. GYRE_FUZZ=list prints them all;
// with GYRE_FUZZ_SEEDS the target writes its seeds, a file each, into that directory, and ends.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/history/edn.h"
#include "sim/history/edn_json.h"
#include "sim/history/history_files.h"
#include "sim/history/journal.h"
#include "sim/history/labelled.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/made_history.h"
#include "tests/fuzz/sample_histories.h"
#include "tools/run/judges.h"

namespace gyre {
namespace {

// Each error is one sentence: not empty, on one line.
void ExpectSentence(const absl::Status& status) {
  CHECK(!status.message().empty());
  CHECK_THAT(status.message().find('\n') == absl::string_view::npos, std::string(status.message()));
}

void ReadJson(std::string_view text) {
  const absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) return ExpectSentence(json.status());
  const absl::StatusOr<Json> again = ParseJson(json->Dump());
  CHECK_THAT(again.ok() && *again == *json && again->Hash() == json->Hash(), json->Dump());
  CHECK_THAT(Json::Compare(*again, *json) == 0, json->Dump());
}

void ReadEdn(std::string_view text) {
  EdnReader reader(text);
  Edn edn;
  for (;;) {
    const absl::StatusOr<bool> next = reader.Next(&edn);
    if (!next.ok()) return ExpectSentence(next.status());
    if (!*next) return;
    const std::string printed = Print(edn);
    const absl::StatusOr<Edn> again = ParseEdn(printed);
    CHECK_THAT(again.ok() && Print(*again) == printed, printed);
    PrintBare(edn);
    PrettyPrint(edn);
    const absl::StatusOr<Json> json = ToJson(edn);
    if (!json.ok()) ExpectSentence(json.status());
  }
}

void ReadText(std::string_view text, Notation notation) {
  ReadHistories(text, notation, [](const LabelledHistory& labelled) {
    if (!labelled.history.ok()) return ExpectSentence(labelled.history.status());
    const std::string printed = PrintHistory(*labelled.history, HistoryFormat::kJsonLines);
    const absl::StatusOr<History> again = ParseHistory(printed, HistoryFormat::kJsonLines);
    // Cases alone may leave an operation open and begin another.
    if (labelled.notation == Notation::kCases && !again.ok()) return;
    CHECK_THAT(again.ok() && again->digest() == labelled.history->digest(), printed);
    PrintHistory(*labelled.history, HistoryFormat::kEdn);
    PrintHistory(*labelled.history, HistoryFormat::kText);
  });
}

// A journal in which each record has the right checksum, so that damage gets past it.
std::string FramedJournal(Bytes& bytes) {
  std::string journal("gyre-jnl\1\0\0\0", 12);
  while (!bytes.empty()) {
    const std::string_view payload = bytes.Take(bytes.Below(40));
    journal.push_back(static_cast<char>(payload.size()));
    const uint64_t checksum = Hash64(payload);
    for (int shift = 0; shift < 32; shift += 8) journal.push_back(static_cast<char>(checksum >> shift));
    journal.append(payload);
  }
  return journal;
}

// The first byte says whether the rest is a journal, or what its records hold.
void ReadJournal(std::string_view input) {
  Bytes bytes(input);
  const std::string journal = bytes.Below(2) == 0 ? std::string(bytes.rest()) : FramedJournal(bytes);
  const int fd = memfd_create("journal", MFD_CLOEXEC);
  CHECK(fd >= 0 && write(fd, journal.data(), journal.size()) == static_cast<ssize_t>(journal.size()));
  const absl::StatusOr<std::unique_ptr<JournalReader>> reader = JournalReader::Open(Concat("/proc/self/fd/", fd));
  if (!reader.ok()) {
    ExpectSentence(reader.status());
  } else {
    JournalRecord record;
    absl::StatusOr<bool> next = true;
    while (next.ok() && *next) {
      next = (*reader)->Next(&record);
      if (next.ok() && *next) CHECK(!ToString(record.kind).empty());
    }
    if (!next.ok()) ExpectSentence(next.status());
  }
  close(fd);
}

void JudgeHistory(const Judge& judge, const History& history, const CheckOptions& options, const Json& opts) {
  const absl::StatusOr<Verdict> verdict = judge.judge(judge, history, options, opts);
  if (!verdict.ok()) return ExpectSentence(verdict.status());
  CHECK(verdict->details.is_object() && verdict->details.Find("valid?") != nullptr);
  CHECK(*verdict->details.Find("valid?") == ToJson(verdict->valid));
  CHECK(ParseJson(PlainResults(verdict->details).Dump()).ok());
  PrettyPrint(ResultsToEdn(verdict->details));
  for (const Anomaly& anomaly : verdict->anomalies) CHECK(!anomaly.kind.empty() && !anomaly.text.empty());
}

// The first byte says whether the rest is the history's entries as JSON, or the decisions that make one.
void JudgeInput(const Judge& judge, std::string_view input) {
  Bytes bytes(input);
  const bool is_text = bytes.Rarely(4);
  const CheckOptions options = MakeCheckOptions(bytes);
  const Json opts = MakeOpts(judge, bytes);
  if (is_text) {
    ReadHistories(bytes.rest(), Notation::kJson, [&](const LabelledHistory& labelled) {
      if (labelled.history.ok()) JudgeHistory(judge, *labelled.history, options, opts);
    });
    return;
  }
  const absl::StatusOr<History> history = History::Make(MakeOps(judge, bytes), Overlap::kLeavesOpen);
  if (!history.ok()) return ExpectSentence(history.status());
  JudgeHistory(judge, *history, options, opts);
}

// A target is a reader, the histories of a notation, or a judge.
struct Target {
  std::string name;
  void (*read)(std::string_view input) = nullptr;
  const Judge* judge = nullptr;
  Notation notation = Notation::kAuto;

  void Run(std::string_view input) const {
    if (read != nullptr) return read(input);
    if (judge != nullptr) return JudgeInput(*judge, input);
    ReadText(input, notation);
  }
};

std::vector<Target> Targets() {
  std::vector<Target> targets{{"edn", ReadEdn}, {"journal", ReadJournal}, {"json", ReadJson}};
  for (size_t i = 0; i < NotationNames().size(); ++i) {
    targets.push_back({Concat("histories-", NotationNames()[i]), nullptr, nullptr, static_cast<Notation>(i)});
  }
  for (const Judge& judge : Judges()) targets.push_back({Concat("judge-", judge.kind), nullptr, &judge});
  return targets;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A judge's: its sample with and without options. A reader's: samples in its notation, those of judges as entries.
std::vector<std::string> SeedsOf(const Target& target) {
  std::vector<std::string> seeds = SampleTexts(target.name);
  for (const SampleRow& row : SampleHistories()) {
    const std::string lines = PrintHistory(HistoryOf(row), HistoryFormat::kJsonLines);
    const std::string entries = lines.substr(lines.find('\n') + 1);
    if (target.judge != nullptr && target.judge->kind == std::string_view(row.kind)) {
      seeds.push_back(Concat(std::string_view("\3\0\0\0", 4), entries));
      seeds.push_back(Concat(std::string_view("\3\1\1\0", 4), entries));
    }
    if (target.name == "histories-gyre" || target.name == "histories-auto") seeds.push_back(lines);
    if (target.name == "histories-json") seeds.push_back(entries);
    if (target.name == "histories-edn") seeds.push_back(PrintHistory(HistoryOf(row), HistoryFormat::kEdn));
    if (target.name == "json") seeds.push_back(entries.substr(0, entries.find('\n')));
  }
  return seeds;
}

const Target& Chosen() {
  static const Target chosen = [] {
    for (const Target& target : Targets()) {
      if (target.name == Variable("GYRE_FUZZ")) return target;
    }
    std::fprintf(stderr, "GYRE_FUZZ must name a target; GYRE_FUZZ=list lists them\n");
    _exit(254);
  }();
  return chosen;
}

}  // namespace
}  // namespace gyre

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  using namespace gyre;
  setenv("GYRE_ABORT", "1", 1);  // a failed CHECK is a crash like any other
  if (Variable("GYRE_FUZZ") == "list") {
    for (const Target& target : Targets()) std::printf("%s\n", target.name.c_str());
    std::fflush(stdout);
    _exit(0);
  }
  const std::string directory = Variable("GYRE_FUZZ_SEEDS");
  if (directory.empty()) return 0;
  size_t number = 0;
  for (const std::string& seed : SeedsOf(Chosen())) {
    const absl::Status status = WriteFileAtomically(Concat(directory, "/seed-", number++), seed);
    CHECK_THAT(status.ok(), status.ToString());
  }
  _exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gyre::Chosen().Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
