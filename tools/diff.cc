// `gyre diff`: two stored runs, the first decision in which they differ, and what followed.
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/history_files.h"
#include "tools/begin.h"
#include "tools/journal_text.h"
#include "tools/options.h"
#include "tools/run/run_files.h"
#include "tools/run_record.h"
#include "tools/seed_file.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre diff DIR DIR [options]\n\n"
    "Aligns two stored runs: in what their configurations differ, the first decision that was another one, and what\n"
    "each then did. The exit status is 0 when they are the same, else 1.\n\n";
constexpr char kExample[] = "\nExample: gyre diff store/latest store/broadcast/20300101T120000-7-abcdef\n";

constexpr size_t kLinesShown = 6;
constexpr size_t kColumns = 150;

struct Side {
  std::string directory;
  RunRecord record;
  std::vector<Decision> decisions;
  std::vector<std::string> journal;  // lines
  History history;
};

absl::StatusOr<Side> ReadSide(const std::string& directory) {
  Side side;
  side.directory = directory;
  absl::StatusOr<RunRecord> record = ReadRecord(directory);
  if (!record.ok()) return record.status();
  side.record = *std::move(record);
  absl::StatusOr<std::string> text = ReadFile(Concat(directory, "/", kDecisionsFile));
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<Decision>> decisions = ParseOverrides(*text);
  if (!decisions.ok())
    return absl::Status(decisions.status().code(), Concat(directory, ": ", decisions.status().message()));
  side.decisions = *std::move(decisions);
  const absl::Status read = PrintJournal(Concat(directory, "/", kJournalFile), {},
                                         [&](std::string_view line) { side.journal.emplace_back(line); });
  if (!read.ok()) return read;
  absl::StatusOr<History> history = ReadHistory(Concat(directory, "/history.jsonl"));
  if (!history.ok()) return history.status();
  side.history = *std::move(history);
  return side;
}

// In what the configurations differ; lists by how long they are.
std::string Configurations(const Side& a, const Side& b) {
  const Json left = ConfigToJson(a.record.config);
  const Json right = ConfigToJson(b.record.config);
  std::string text;
  for (const auto& [name, value] : left.AsObject()) {
    const Json* other = right.Find(name);
    if (other == nullptr || value == *other) continue;
    if (name == "overrides" || name == "faults") {
      text += Concat("  ", name, ": ", value.AsArray().size(), " and ", other->AsArray().size(), "\n");
    } else {
      text += Concat("  ", name, ": ", EscapeForTerminal(Shortened(value.Dump(), kColumns / 2)), " and ",
                     EscapeForTerminal(Shortened(other->Dump(), kColumns / 2)), "\n");
    }
  }
  return text.empty() ? text : Concat("They are configured differently:\n", text, "\n");
}

std::string InWords(const Decision& decision) {
  if (decision.kind == "delay") return Concat("arrives after ", ToString(Instant(decision.value)));
  if (decision.kind == "loss") return decision.value != 0 ? "is lost" : "is not lost";
  if (decision.kind == "operation") return decision.value != 0 ? "is invoked" : "is left out";
  return Concat(decision.kind, " ", decision.value);
}

// The line of the journal that sent the message which a decision is about, if only one can be meant.
std::string SentAt(const Side& side, const Decision& decision) {
  const std::string time = absl::StrFormat("%14s  send ", ToString(Instant(decision.at)));
  std::vector<const std::string*> sends;
  for (const std::string& line : side.journal) {
    if (line.compare(0, time.size(), time) == 0) sends.push_back(&line);
  }
  std::vector<std::string> keys;  // of the messages that were sent then, in order
  for (const Decision& each : side.decisions) {
    if (each.at != decision.at || (each.kind != "delay" && each.kind != "loss")) continue;
    if (std::find(keys.begin(), keys.end(), each.key) == keys.end()) keys.push_back(each.key);
  }
  const auto place = std::find(keys.begin(), keys.end(), decision.key);
  if (keys.size() != sends.size() || place == keys.end()) return "";
  return *sends[static_cast<size_t>(place - keys.begin())];
}

// The first decision that both took and took differently, or that only one of them took.
std::string Decisions(const Side& a, const Side& b) {
  const auto [left, right] = std::mismatch(
      a.decisions.begin(), a.decisions.end(), b.decisions.begin(), b.decisions.end(),
      [](const Decision& x, const Decision& y) { return x.kind == y.kind && x.key == y.key && x.value == y.value; });
  if (left == a.decisions.end() && right == b.decisions.end()) return "";
  const bool first_has = left != a.decisions.end() && (right == b.decisions.end() || left->at <= right->at);
  const Decision& taken = first_has ? *left : *right;
  const Side& side = first_has ? a : b;
  const auto same_key = [&](const Decision& each) {
    const bool message = taken.kind == "delay" || taken.kind == "loss";
    return each.key == taken.key &&
           (each.kind == taken.kind || (message && (each.kind == "delay" || each.kind == "loss")));
  };
  const auto words = [&](const Side& each) {
    const auto found = std::find_if(each.decisions.begin(), each.decisions.end(), same_key);
    return found == each.decisions.end() ? std::string("was not asked, or at its default") : InWords(*found);
  };
  const std::string sent = taken.kind == "delay" || taken.kind == "loss" ? SentAt(side, taken) : "";
  return Concat("The first decision that differs, after ", left - a.decisions.begin(), " equal ones, is a ", taken.kind,
                " at ", ToString(Instant(taken.at)), ", key ", taken.key, "\n", sent.empty() ? "" : sent + "\n",
                "  first   ", words(a), "\n  second  ", words(b), "\n\n");
}

std::string NextLines(const std::vector<std::string>& lines, size_t from) {
  std::string text;
  for (size_t i = from; i < std::min(lines.size(), from + kLinesShown); ++i) {
    text += Concat("  ", Shortened(lines[i], kColumns), "\n");
  }
  return from >= lines.size() ? "  (end)\n" : text;
}

std::string Journals(const Side& a, const Side& b) {
  const auto [left, right] = std::mismatch(a.journal.begin(), a.journal.end(), b.journal.begin(), b.journal.end());
  if (left == a.journal.end() && right == b.journal.end()) return "The journals are equal.\n\n";
  const size_t at = static_cast<size_t>(left - a.journal.begin());
  return Concat("They part at record ", at, " of the journal. The first goes on:\n", NextLines(a.journal, at),
                "the second:\n", NextLines(b.journal, at), "\n");
}

std::string Histories(const Side& a, const Side& b) {
  const auto lines = [](const History& history) {
    std::vector<std::string> all;
    for (const Op& op : history.ops()) {
      std::string line;
      AppendLine(op, HistoryFormat::kText, line);
      all.push_back(Concat(ToString(op.time), "  ", EscapeForTerminal(line)));
    }
    return all;
  };
  const std::vector<std::string> x = lines(a.history);
  const std::vector<std::string> y = lines(b.history);
  const auto [left, right] = std::mismatch(x.begin(), x.end(), y.begin(), y.end());
  if (left == x.end() && right == y.end()) return "Clients saw the same.\n\n";
  const size_t at = static_cast<size_t>(left - x.begin());
  return Concat("Clients saw the same up to entry ", at, " of the history. Then in the first:\n", NextLines(x, at),
                "in the second:\n", NextLines(y, at), "\n");
}

std::string Verdicts(const Side& a, const Side& b) {
  const auto one = [](const char* name, const Side& side) {
    const RunSummary& result = side.record.result;
    return Concat("  ", name, ToString(ExpectationOf(result)),
                  result.text.empty() ? "" : Concat(": ", EscapeForTerminal(Shortened(result.text, kColumns))), "\n");
  };
  return Concat("Verdicts:\n", one("first   ", a), one("second  ", b));
}

ExitStatus Diff(const CommandLine& line, const Console& console) {
  const absl::StatusOr<Side> a = ReadSide(line.positional[0]);
  const absl::StatusOr<Side> b = a.ok() ? ReadSide(line.positional[1]) : a.status();
  if (!a.ok() || !b.ok()) {
    console.Complain(b.status());
    return ExitStatus::kUsage;
  }
  if (a->journal == b->journal && a->history.digest() == b->history.digest()) {
    console.Print(Concat(Configurations(*a, *b), "The two runs did the same.\n"));
    return ExitStatus::kValid;
  }
  console.Print(
      Concat(Configurations(*a, *b), Decisions(*a, *b), Journals(*a, *b), Histories(*a, *b), Verdicts(*a, *b)));
  return ExitStatus::kInvalid;
}

}  // namespace

ExitStatus DiffCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"diff", kDiff, kUsage, kExample, 2, 2,
                             "Which runs? Name two directories of the store: gyre diff store/latest store/echo/..."},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  return Diff(line, console);
}

}  // namespace gyre
