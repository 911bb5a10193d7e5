// `gyre check`: judges histories from files.
#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/edn.h"
#include "sim/history/edn_json.h"
#include "sim/history/labelled.h"
#include "tools/begin.h"
#include "tools/plot/cycle_picture.h"
#include "tools/expectation.h"
#include "tools/options.h"
#include "tools/run/judges.h"
#include "tools/run_record.h"

namespace gyre {
namespace {

constexpr size_t kAnomaliesShown = 3;
constexpr size_t kHelpColumns = 100;

// What the command was asked, the options of judges gathered in `opts`.
struct Request {
  CheckFlags flags;
  Json opts = Json(Json::Object());
  Notation notation = Notation::kAuto;
};

struct Counts {
  size_t valid = 0;
  size_t invalid = 0;
  size_t unknown = 0;
  size_t unread = 0;
  size_t agreeing = 0;
  size_t differing = 0;
  PictureCounts pictures;
};

// What came of one history.
struct Judged {
  std::string name;  // for people
  std::string kind;
  LabelledHistory history;
  Verdict verdict;
  Json result;  // PlainResults of its details
  std::vector<std::string> differences;
  std::vector<std::string> pictures;  // paths
  bool compared = false;
};

// All kinds, in lines of help.
std::string Kinds() {
  std::string text = "Kinds:";
  size_t column = text.size();
  for (const Judge& judge : Judges()) {
    const std::string word = Concat(" ", judge.kind, &judge == &Judges().back() ? "" : ",");
    if (column + word.size() > kHelpColumns) {
      text += "\n      ";
      column = 6;
    }
    text += word;
    column += word.size();
  }
  return text;
}

// A value as JSON or, if it is none, as EDN: {"x": 0} or {:x 0}.
absl::StatusOr<Json> ParseValue(const std::string& text) {
  absl::StatusOr<Json> json = ParseJson(text);
  if (json.ok()) return json;
  const absl::StatusOr<Edn> edn = ParseEdn(text);
  return edn.ok() ? ToJson(*edn) : json;
}

absl::StatusOr<Request> MakeRequest(const CheckFlags& flags) {
  Request request;
  request.flags = flags;
  const absl::StatusOr<Notation> notation = ParseNotation(flags.format.empty() ? "auto" : flags.format);
  if (!notation.ok()) return notation.status();
  request.notation = *notation;
  if (!flags.opts.empty()) {
    const absl::StatusOr<Json> opts = ParseValue(flags.opts);
    if (!opts.ok() || !opts->is_object()) {
      return absl::InvalidArgumentError(Concat("--opts takes an object such as {\"init\": 0}, not '", flags.opts, "'"));
    }
    request.opts = *opts;
  }
  if (flags.initial.has_value()) {
    const absl::StatusOr<Json> initial = ParseValue(*flags.initial);
    if (!initial.ok()) {
      return absl::InvalidArgumentError(
          Concat("--initial takes a value as JSON or EDN has it, not '", *flags.initial, "'"));
    }
    request.opts.Set("init", *initial);
  }
  if (!flags.nil_read.empty()) request.opts.Set("nil-read", flags.nil_read);
  if (!flags.failed_cas.empty()) request.opts.Set("failed-cas", flags.failed_cas);
  if (!flags.consistency_models.empty()) {
    request.opts.Set("consistency-models",
                     Json::Array(flags.consistency_models.begin(), flags.consistency_models.end()));
  }
  if (flags.keyed) request.opts.Set("keyed", true);
  if (flags.linearizable) request.opts.Set("linearizable?", true);
  return request;
}

// Options of the command line go before those of the file, and those before what the notation means.
Json OptsFor(const Request& request, const LabelledHistory& history) {
  Json opts = history.opts.is_object() ? history.opts : Json(Json::Object());
  if (history.notation == Notation::kLog) {
    for (const auto& [name, value] : {std::pair{"nil-read", "absent"}, {"failed-cas", "mismatch"}}) {
      if (opts.Find(name) == nullptr) opts.Set(name, value);
    }
  }
  // Testers of weak isolation have no stronger level than causal, and the order of sessions in all of them.
  if (history.notation == Notation::kAwdit || history.notation == Notation::kPlume) {
    opts.Set("sessions", true);
    opts.Set("consistency-models", Json::Array{"causal"});
  }
  for (const auto& [name, value] : request.opts.AsObject()) opts.Set(name, value);
  return opts;
}

Verdict NotJudged(std::string_view why) {
  Verdict verdict;
  verdict.valid = Validity::kUnknown;
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"error", why}});
  return verdict;
}

absl::StatusOr<Verdict> JudgeOne(const Request& request, const CheckOptions& options, const Judged& judged) {
  if (!judged.history.history.ok()) return judged.history.history.status();
  if (judged.kind.empty()) {
    return absl::InvalidArgumentError(
        "the file does not say what kind of history it is: name it with -w (gyre check --help lists the kinds)");
  }
  const Judge* judge = FindJudge(judged.kind);
  if (judge == nullptr) {
    return absl::InvalidArgumentError(
        Concat("there is no kind of history '", judged.kind, "' (gyre check --help lists the kinds)"));
  }
  for (const auto& [name, value] : request.opts.AsObject()) {
    const std::vector<absl::string_view> known = absl::StrSplit(judge->options, ' ');
    if (std::find(known.begin(), known.end(), ToAbsl(name)) == known.end()) {
      return absl::InvalidArgumentError(Concat("a history of kind ", judged.kind, " has no option \"", name, "\"",
                                               judge->options[0] == '\0' ? "" : "; it has ", judge->options));
    }
  }
  return judge->judge(*judge, *judged.history.history, options, OptsFor(request, judged.history));
}

Json AnomalyTypes(const Judged& judged) {
  if (const Json* types = judged.result.Find("anomaly-types")) return *types;
  std::set<std::string> kinds;
  for (const Anomaly& anomaly : judged.verdict.anomalies) kinds.insert(anomaly.kind);
  return Json::Array(kinds.begin(), kinds.end());
}

Json ToJson(const Judged& judged) {
  Json::Object members = {{"id", judged.history.id.empty() ? judged.name : judged.history.id},
                          {"kind", judged.kind},
                          {"valid", ToJson(judged.verdict.valid)},
                          {"anomaly-types", AnomalyTypes(judged)}};
  const Json* ruled_out = judged.result.Find("not");
  members.emplace_back("not", ruled_out == nullptr ? Json(Json::Array()) : *ruled_out);
  Json json(std::move(members));
  for (const auto& [name, value] : judged.result.AsObject()) {
    if (json.Find(name) == nullptr) json.Set(name, value);
  }
  if (judged.compared) {
    json.Set("agrees", judged.differences.empty());
    if (!judged.differences.empty()) {
      json.Set("differences", Json::Array(judged.differences.begin(), judged.differences.end()));
    }
  }
  return json;
}

std::string Indented(std::string_view text) {
  return absl::StrReplaceAll(EscapeLines(ToStd(absl::StripTrailingAsciiWhitespace(ToAbsl(text)))), {{"\n", "\n    "}});
}

std::string ToText(const Judged& judged) {
  std::string word = absl::AsciiStrToUpper(ToAbsl(ToString(judged.verdict.valid)));
  word.resize(8, ' ');
  std::string text = Concat(word, " ", EscapeForTerminal(judged.name));
  if (!judged.kind.empty()) text += Concat("  (", EscapeForTerminal(judged.kind), ")");
  text += "\n";
  if (const Json* error = judged.result.Find("error"); error != nullptr && judged.verdict.anomalies.empty()) {
    text += Concat("  ", Indented(error->is_string() ? error->AsString() : error->Dump()), "\n");
  }
  const std::vector<Anomaly>& anomalies = judged.verdict.anomalies;
  for (size_t i = 0; i < std::min(anomalies.size(), kAnomaliesShown); ++i) {
    text += Concat("  ", anomalies[i].kind, ": ", Indented(anomalies[i].text), "\n");
  }
  if (anomalies.size() > kAnomaliesShown) {
    text += Concat("  and ", anomalies.size() - kAnomaliesShown, " more; --json has their kinds\n");
  }
  if (!judged.pictures.empty()) text += Concat("  Picture: ", ShellWord(judged.pictures.front()), "\n");
  for (const std::string& difference : judged.differences) {
    text += Concat("  NOT AS EXPECTED: ", EscapeForTerminal(difference), "\n");
  }
  return text;
}

// A file's histories, or a stored run's.
struct Source {
  std::string name;
  std::string text;
  std::string kind;  // of a stored run
  CheckOptions options;
};

absl::StatusOr<Source> Open(const std::string& path) {
  Source source;
  source.name = path == "-" ? "standard input" : path;
  source.options.parity = Parity::kMaelstrom;
  std::error_code ignored;
  std::string file = path == "-" ? "/dev/stdin" : path;
  if (std::filesystem::is_directory(path, ignored)) {
    const absl::StatusOr<RunRecord> record = ReadRecord(path);
    if (!record.ok()) return record.status();
    source.kind = record->config.workload;
    source.options.nodes = record->config.nodes;
    source.options.concurrency = record->config.concurrency;
    source.options.consistency_models = record->config.consistency_models;
    if (record->config.parity != "maelstrom") source.options.parity = Parity::kOurs;
    file = Concat(path, "/history.jsonl");
  }
  absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) return text.status();
  source.text = *std::move(text);
  return source;
}

void Count(const Judged& judged, Counts* counts) {
  if (!judged.history.history.ok()) ++counts->unread;
  ++(judged.verdict.valid == Validity::kValid     ? counts->valid
     : judged.verdict.valid == Validity::kInvalid ? counts->invalid
                                                  : counts->unknown);
  if (judged.compared) ++(judged.differences.empty() ? counts->agreeing : counts->differing);
}

// Judges all histories of a source; false when one could not be read or judged.
bool CheckSource(const Request& request, const Source& source, const Console& console, Counts* counts) {
  bool whole = true;
  ReadHistories(source.text, request.notation, [&](LabelledHistory labelled) {
    Judged judged;
    judged.kind = !request.flags.workload.empty() ? request.flags.workload
                  : !source.kind.empty()          ? source.kind
                                                  : labelled.kind;
    judged.name = source.name;
    if (!labelled.id.empty()) {
      judged.name = labelled.id;
    } else if (labelled.line > 1) {
      judged.name += Concat(":", labelled.line);
    }
    CheckOptions options = source.options;
    if (labelled.notation == Notation::kGyre) options.parity = Parity::kOurs;
    if (!request.flags.parity.empty()) {
      options.parity = request.flags.parity == "maelstrom" ? Parity::kMaelstrom : Parity::kOurs;
    }
    judged.history = std::move(labelled);
    const absl::StatusOr<Verdict> verdict = JudgeOne(request, options, judged);
    judged.verdict = verdict.ok() ? *verdict : NotJudged(ToStd(verdict.status().message()));
    if (!verdict.ok()) {
      whole = false;
      const std::string where = judged.history.id.empty() ? source.name : Concat(source.name, ": ", judged.name);
      console.Complain(EscapeForTerminal(Concat(where, ": ", verdict.status().message())));
    }
    judged.result = PlainResults(judged.verdict.details);
    if (request.flags.expect && judged.history.expected.is_object()) {
      const Judge* judge = FindJudge(judged.kind);
      Json ours = judged.result;
      ours.Set("anomaly-types", AnomalyTypes(judged));
      judged.compared = true;
      judged.differences = Differences(judged.history.expected, ours, judge == nullptr ? "" : judge->compared);
    }
    if (verdict.ok() && !request.flags.pictures.empty()) {
      absl::StatusOr<std::vector<std::string>> pictures = WritePictures(
          request.flags.pictures, *judged.history.history, judged.verdict.anomalies, &counts->pictures);
      whole = whole && pictures.ok();
      if (pictures.ok()) judged.pictures = *std::move(pictures);
      if (!pictures.ok()) console.Complain(pictures.status());
    }
    Count(judged, counts);
    if (request.flags.json) {
      console.Print(Concat(ToJson(judged).Dump(), "\n"));
    } else if (verdict.ok()) {
      console.Print(ToText(judged));
    }
  });
  return whole;
}

ExitStatus StatusOf(const Counts& counts, bool whole, bool expect) {
  if (!whole) return ExitStatus::kUsage;
  if (expect) return counts.differing > 0 ? ExitStatus::kDisagrees : ExitStatus::kValid;
  if (counts.invalid > 0) return ExitStatus::kInvalid;
  return counts.unknown > 0 ? ExitStatus::kUnknown : ExitStatus::kValid;
}

std::string Totals(const Counts& counts, bool expect) {
  const size_t all = counts.valid + counts.invalid + counts.unknown;
  std::string text = Concat("\n", all, all == 1 ? " history: " : " histories: ", counts.valid, " valid, ",
                            counts.invalid, " invalid, ", counts.unknown, " unknown.");
  if (counts.unread > 0) text += Concat(" ", counts.unread, " of them could not be read.");
  if (expect) {
    text += Concat(" ", counts.agreeing, " as expected, ", counts.differing, " not");
    const size_t unlabelled = all - counts.agreeing - counts.differing;
    text += unlabelled == 0 ? "." : Concat(", ", unlabelled, " without an expectation.");
  }
  return text + "\n";
}

constexpr char kUsage[] =
    "Usage: gyre check [-w KIND] FILE... [options]\n\n"
    "Judges histories from files: a stored run's directory or its history.jsonl; EDN as Jepsen writes it;\n"
    "entries or labelled cases as JSON, one a line; Jepsen's log; - is standard input. Others' histories\n"
    "are judged as their own tools do (--parity maelstrom), ours by our rules.\n\n";

std::string HelpEnd() {
  return Concat(
      "\n", Kinds(),
      "\n\nExit status: 0 all valid, 1 some invalid, 2 some unknown, 4 not as expected (--expect), 254 unreadable\n\n"
      "Example: gyre check -w cas-register --initial 0 history.edn\n");
}

}  // namespace

ExitStatus CheckCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"check", kCheck, kUsage, HelpEnd(), 1, CommandForm::kAny,
                             "Which history? Name a file, or a directory of the store: gyre check -w cas-register "
                             "history.edn"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  const absl::StatusOr<Request> request = MakeRequest(line.check);
  if (!request.ok()) {
    console.Complain(request.status());
    return ExitStatus::kUsage;
  }
  Counts counts;
  bool whole = true;
  for (const std::string& path : line.positional) {
    const absl::StatusOr<Source> source = Open(path);
    if (!source.ok()) {
      console.Complain(source.status());
      whole = false;
      continue;
    }
    whole = CheckSource(*request, *source, console, &counts) && whole;
  }
  const size_t all = counts.valid + counts.invalid + counts.unknown;
  const bool expect = request->flags.expect;
  if (!request->flags.json && (all > 1 || expect)) console.Print(Totals(counts, expect));
  return StatusOf(counts, whole, expect);
}

}  // namespace gyre
