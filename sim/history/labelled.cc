#include "sim/history/labelled.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/history/edn.h"
#include "sim/history/history_files.h"
#include "sim/history/jepsen_log.h"
#include "sim/history/op_forms.h"
#include "sim/history/session_text.h"

namespace gyre {
namespace {

constexpr const char* kNames[] = {"auto", "awdit", "cases", "edn", "gyre", "json", "log", "plume"};
constexpr std::string_view kBlank = " \t\r\n";

std::string_view Trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

// An entry of somebody else's: at its place, and not before the one in front of it.
absl::Status AppendJson(const Json& json, std::vector<Op>* ops) {
  Op op = Following(*ops);
  const Instant previous = op.time;
  if (const absl::Status status = FillFromJson(json, &op); !status.ok()) return status;
  if (!ops->empty()) op.time = std::max(op.time, previous);
  ops->push_back(std::move(op));
  return absl::OkStatus();
}

absl::StatusOr<History> FromArray(const Json& entries, Overlap overlap) {
  if (!entries.is_array()) return absl::InvalidArgumentError("the history must be an array of entries");
  std::vector<Op> ops;
  for (const Json& entry : entries.AsArray()) {
    if (const absl::Status status = AppendJson(entry, &ops); !status.ok()) {
      return absl::InvalidArgumentError(Concat("entry ", ops.size(), " of the history: ", status.message()));
    }
  }
  return History::Make(std::move(ops), overlap);
}

absl::StatusOr<History> FromLines(std::string_view text) {
  std::vector<Op> ops;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = Trimmed(TakeLine(&text));
    if (line.empty()) continue;
    const absl::StatusOr<Json> json = ParseJson(line);
    const absl::Status status = json.ok() ? AppendJson(*json, &ops) : json.status();
    if (!status.ok()) return absl::InvalidArgumentError(Concat("line ", number, ": ", status.message()));
  }
  return History::Make(std::move(ops));
}

absl::StatusOr<History> FromJson(std::string_view text) {
  if (Trimmed(text).substr(0, 1) != "[") return FromLines(text);
  const absl::StatusOr<Json> json = ParseJson(text);
  return json.ok() ? FromArray(*json, Overlap::kRefused) : absl::StatusOr<History>(json.status());
}

absl::StatusOr<History> FromLog(std::string_view text) {
  absl::StatusOr<std::vector<Op>> ops = ParseJepsenLog(text);
  return ops.ok() ? History::Make(*std::move(ops)) : absl::StatusOr<History>(ops.status());
}

absl::Status TakeText(const Json& json, std::string_view name, std::string* out) {
  const Json* member = json.Find(name);
  if (member == nullptr || member->is_null()) return absl::OkStatus();
  if (!member->is_string()) return absl::InvalidArgumentError(Concat("\"", name, "\" must be a string"));
  *out = member->AsString();
  return absl::OkStatus();
}

absl::StatusOr<History> FillCase(const Json& json, LabelledHistory* labelled) {
  if (!json.is_object()) return absl::InvalidArgumentError("a case must be an object with a \"history\"");
  for (const auto& [name, text] :
       {std::pair{"id", &labelled->id}, {"workload", &labelled->kind}, {"kind", &labelled->kind}}) {
    if (const absl::Status status = TakeText(json, name, text); !status.ok()) return status;
  }
  for (const auto& [name, value] : {std::pair{"opts", &labelled->opts}, {"expected", &labelled->expected}}) {
    if (const Json* member = json.Find(name)) *value = *member;
  }
  const Json* history = json.Find("history");
  if (history == nullptr) return absl::InvalidArgumentError("a case must have a \"history\"");
  return FromArray(*history, Overlap::kLeavesOpen);
}

void TakeCase(std::string_view text, size_t line, absl::FunctionRef<void(LabelledHistory)> take) {
  LabelledHistory labelled;
  labelled.line = line;
  labelled.notation = Notation::kCases;
  const absl::StatusOr<Json> json = ParseJson(text);
  labelled.history = json.ok() ? FillCase(*json, &labelled) : absl::StatusOr<History>(json.status());
  if (!labelled.history.ok()) {
    labelled.history = absl::InvalidArgumentError(Concat("line ", line, ": ", labelled.history.status().message()));
  }
  take(std::move(labelled));
}

void TakeCases(std::string_view text, absl::FunctionRef<void(LabelledHistory)> take) {
  // One object over several lines, or one a line.
  std::string_view rest = text;
  if (const std::string_view first = Trimmed(TakeLine(&rest)); first.empty() || first.back() != '}') {
    return TakeCase(Trimmed(text), 1, take);
  }
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = Trimmed(TakeLine(&text));
    if (!line.empty()) TakeCase(line, number, take);
  }
}

}  // namespace

absl::Span<const char* const> NotationNames() { return kNames; }

absl::StatusOr<Notation> ParseNotation(std::string_view name) {
  const auto found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found != std::end(kNames)) return static_cast<Notation>(found - std::begin(kNames));
  return absl::InvalidArgumentError(
      Concat("'", name, "' is none of auto, awdit, cases, edn, gyre, json, log and plume"));
}

Notation NotationOf(std::string_view text) {
  text = Trimmed(text);
  if (text.starts_with("{\"gyre-history\"")) return Notation::kGyre;
  if (IsJepsenLog(text)) return Notation::kLog;
  if (IsAwditText(text)) return Notation::kAwdit;
  if (IsPlumeText(text)) return Notation::kPlume;
  const bool is_list = text.starts_with("[");
  const std::string_view inner = is_list ? Trimmed(text.substr(1)) : text;
  // An object of JSON begins with a string, a map of EDN with a keyword.
  if (!inner.starts_with("{") || !Trimmed(inner.substr(1, 4096)).starts_with("\"")) return Notation::kEdn;
  if (is_list) return Notation::kJson;
  const std::string_view first = Trimmed(text.substr(0, text.find('\n')));
  const absl::StatusOr<Json> json = ParseJson(first);
  // A line that is broken off is a case's that goes on, if it is not an entry's.
  if (json.ok() ? json->Find("type") != nullptr && json->Find("history") == nullptr
                : first.find("\"history\"") == std::string_view::npos && first.find("\"type\"") != first.npos) {
    return Notation::kJson;
  }
  return Notation::kCases;
}

void ReadHistories(std::string_view text, Notation notation, absl::FunctionRef<void(LabelledHistory)> take) {
  LabelledHistory labelled;
  labelled.notation = notation == Notation::kAuto ? NotationOf(text) : notation;
  switch (labelled.notation) {
    case Notation::kAwdit:
      labelled.kind = "rw-register";
      labelled.history = ParseAwditText(text);
      break;
    case Notation::kCases:
      return TakeCases(text, take);
    case Notation::kEdn:
      labelled.history = ParseHistory(text, HistoryFormat::kEdn);
      break;
    case Notation::kGyre:
      labelled.history = ParseHistory(text, HistoryFormat::kJsonLines);
      break;
    case Notation::kJson:
      labelled.history = FromJson(text);
      break;
    case Notation::kLog:
      labelled.history = FromLog(text);
      break;
    case Notation::kPlume:
      labelled.kind = "rw-register";
      labelled.history = ParsePlumeText(text);
      break;
    case Notation::kAuto:
      CHECK(false);
  }
  take(std::move(labelled));
}

}  // namespace gyre
