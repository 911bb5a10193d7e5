#include "sim/history/history_files.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/edn.h"
#include "sim/history/edn_json.h"

namespace gyre {
namespace {

constexpr std::string_view kHeaderName = "gyre-history";

std::string Header(HistoryFormat format) {
  if (format != HistoryFormat::kJsonLines) return "";
  return Concat("{\"", kHeaderName, "\":", kHistoryVersion, "}\n");
}

bool TypeOf(std::string_view text, OpType* type) {
  for (const OpType candidate : {OpType::kInvoke, OpType::kOk, OpType::kFail, OpType::kInfo}) {
    if (text != ToString(candidate)) continue;
    *type = candidate;
    return true;
  }
  return false;
}

bool IsProcess(int64_t number) { return number >= 0 && number <= INT32_MAX; }

// --- JSON lines ---

void AppendJsonLine(const Op& op, std::string& out) {
  out.append(Concat("{\"index\":", op.index.value(), ",\"time\":", op.time.ns(), ",\"process\":"));
  if (op.process == kNemesis) {
    out.append("\"nemesis\"");
  } else {
    out.append(Concat(op.process.value()));
  }
  out.append(Concat(",\"type\":\"", ToString(op.type), "\",\"f\":"));
  AppendJsonString(op.f.text(), out);
  out.append(",\"value\":");
  op.value.AppendTo(out);
  if (op.final) out.append(",\"final\":true");
  if (!op.exception.is_null()) {
    out.append(",\"exception\":");
    op.exception.AppendTo(out);
  }
  if (!op.error.is_null()) {
    out.append(",\"error\":");
    op.error.AppendTo(out);
  }
  out.push_back('}');
}

// Empty, or why the members are no entry. Fields that are absent stay as they are in `op`.
std::string FillFromJson(const Json& json, Op* op) {
  if (!json.is_object()) return "an entry must be an object";
  if (const Json* index = json.Find("index")) {
    if (!index->is_int() || index->AsInt() < 0 || index->AsInt() > UINT32_MAX) return "\"index\" must be a count";
    op->index = OpIndex(static_cast<uint32_t>(index->AsInt()));
  }
  if (const Json* time = json.Find("time")) {
    if (!time->is_int()) return "\"time\" must be an integer, in nanoseconds";
    op->time = Instant(time->AsInt());
  }
  if (const Json* process = json.Find("process")) {
    const bool is_nemesis = *process == Json("nemesis");
    if (!is_nemesis && !(process->is_int() && IsProcess(process->AsInt()))) {
      return "\"process\" must be a number from 0 or \"nemesis\"";
    }
    op->process = is_nemesis ? kNemesis : ProcessId(static_cast<int32_t>(process->AsInt()));
  }
  const Json* type = json.Find("type");
  if (type == nullptr || !type->is_string() || !TypeOf(type->AsString(), &op->type)) {
    return "\"type\" must be \"invoke\", \"ok\", \"fail\" or \"info\"";
  }
  if (const Json* f = json.Find("f")) {
    if (!f->is_string()) return "\"f\" must be a string";
    op->f = Atom(f->AsString());
  }
  const Json* final = json.Find("final");
  op->final = final != nullptr && *final == Json(true);
  if (const Json* value = json.Find("value")) op->value = *value;
  if (const Json* error = json.Find("error")) op->error = *error;
  if (const Json* exception = json.Find("exception")) op->exception = *exception;
  return "";
}

absl::Status CheckHeader(std::string_view line) {
  const absl::StatusOr<Json> header = ParseJson(line);
  const Json* version = header.ok() ? header->Find(kHeaderName) : nullptr;
  if (version == nullptr) {
    return absl::InvalidArgumentError(Concat("line 1: not a history of gyre: it must be {\"", kHeaderName,
                                             "\":", kHistoryVersion, "}"));
  }
  if (*version == Json(kHistoryVersion)) return absl::OkStatus();
  return absl::FailedPreconditionError(Concat("line 1: the history has format version ", version->Dump(),
                                              "; this gyre reads version ", kHistoryVersion));
}

absl::StatusOr<std::vector<Op>> ParseJsonLines(std::string_view text) {
  std::vector<Op> ops;
  for (size_t number = 1; !text.empty() || number == 1; ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (number == 1) {
      const absl::Status header = CheckHeader(line);
      if (!header.ok()) return header;
      continue;
    }
    if (line.empty()) continue;
    const absl::StatusOr<Json> json = ParseJson(line);
    if (!json.ok()) return absl::InvalidArgumentError(Concat("line ", number, ": ", json.status().message()));
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops.size()));
    op.time = ops.empty() ? Instant() : ops.back().time;
    const std::string wrong = FillFromJson(*json, &op);
    if (!wrong.empty()) return absl::InvalidArgumentError(Concat("line ", number, ": ", wrong));
    ops.push_back(std::move(op));
  }
  return ops;
}

// --- Jepsen's ---

Edn KeywordOf(std::string_view name) { return Edn::Text(Edn::Kind::kKeyword, name); }

Edn ProcessToEdn(ProcessId process) { return process == kNemesis ? KeywordOf("nemesis") : Edn::Int(process.value()); }

Edn FunctionToEdn(Atom f) { return f == Atom() ? Edn() : KeywordOf(f.text()); }

void AppendEdnLine(const Op& op, std::string& out) {
  Edn map = Edn::Collection(Edn::Kind::kMap);
  map.Add("index", Edn::Int(op.index.value()));
  map.Add("time", Edn::Int(op.time.ns()));
  map.Add("type", KeywordOf(ToString(op.type)));
  map.Add("process", ProcessToEdn(op.process));
  map.Add("f", FunctionToEdn(op.f));
  map.Add("value", ValueToEdn(op));
  if (op.final) map.Add("final?", Edn::Bool(true));
  if (!op.exception.is_null()) map.Add("exception", ExceptionToEdn(op.exception));
  if (!op.error.is_null()) map.Add("error", ErrorToEdn(op.error));
  AppendTo(map, out);
}

void AppendTextLine(const Op& op, std::string& out) {
  AppendTo(ProcessToEdn(op.process), out);
  out.append(Concat("\t:", ToString(op.type), "\t"));
  AppendTo(FunctionToEdn(op.f), out);
  out.push_back('\t');
  AppendTo(ValueToEdn(op), out);
  if (!op.error.is_null()) out.append("\t").append(PrintBare(ErrorToEdn(op.error)));
}

// Sets `json` to the member of that name; leaves it when there is none.
absl::Status TakeMember(const Edn& map, std::string_view name, Json* json) {
  const Edn* member = map.Find(name);
  if (member == nullptr) return absl::OkStatus();
  absl::StatusOr<Json> converted = name == "exception" ? ExceptionToJson(*member) : ToJson(*member);
  if (!converted.ok()) return converted.status();
  *json = *std::move(converted);
  return absl::OkStatus();
}

absl::Status FillFromEdn(const Edn& map, Op* op) {
  using Kind = Edn::Kind;
  if (!map.is(Kind::kMap)) return absl::InvalidArgumentError("an entry must be a map");
  if (const Edn* time = map.Find("time")) {
    if (!time->is(Kind::kInt)) return absl::InvalidArgumentError(":time must be an integer, in nanoseconds");
    op->time = std::max(op->time, Instant(time->integer));
  }
  if (const Edn* process = map.Find("process")) {
    const bool is_nemesis = process->is(Kind::kKeyword);
    if (!is_nemesis && !(process->is(Kind::kInt) && IsProcess(process->integer))) {
      return absl::InvalidArgumentError(":process must be a number from 0 or a keyword");
    }
    op->process = is_nemesis ? kNemesis : ProcessId(static_cast<int32_t>(process->integer));
  }
  const Edn* type = map.Find("type");
  if (type == nullptr || !type->is(Kind::kKeyword) || !TypeOf(type->text, &op->type)) {
    return absl::InvalidArgumentError(":type must be :invoke, :ok, :fail or :info");
  }
  if (const Edn* f = map.Find("f")) op->f = Atom(f->text);
  const Edn* final = map.Find("final?");
  op->final = final != nullptr && *final == Edn::Bool(true);
  for (const auto& [name, json] : {std::pair{"value", &op->value}, {"error", &op->error},
                                   {"exception", &op->exception}}) {
    const absl::Status status = TakeMember(map, name, json);
    if (!status.ok()) return status;
  }
  // Porcupine's key-value histories have the key apart; Jepsen's keyed ones have it in the value.
  std::optional<Json> key;
  if (map.Find("key") != nullptr) {
    const absl::Status status = TakeMember(map, "key", &key.emplace());
    if (!status.ok()) return status;
    op->value = Json(Json::Array{*key, std::move(op->value)});
  }
  return absl::OkStatus();
}

absl::Status AppendEntry(const Edn& form, std::vector<Op>* ops) {
  Op op;
  op.index = OpIndex(static_cast<uint32_t>(ops->size()));
  op.time = ops->empty() ? Instant() : ops->back().time;
  const absl::Status status = FillFromEdn(form.is(Edn::Kind::kTagged) ? form.items[0] : form, &op);
  if (!status.ok()) return absl::InvalidArgumentError(Concat("entry ", ops->size(), ": ", status.message()));
  ops->push_back(std::move(op));
  return absl::OkStatus();
}

// One entry a form, or one list of all.
absl::StatusOr<std::vector<Op>> ParseEdnForms(std::string_view text) {
  std::vector<Op> ops;
  EdnReader reader(text);
  for (;;) {
    Edn form;
    const absl::StatusOr<bool> more = reader.Next(&form);
    if (!more.ok()) return more.status();
    if (!*more) return ops;
    const bool is_list = form.is(Edn::Kind::kList) || form.is(Edn::Kind::kVector);
    const size_t count = is_list ? form.items.size() : 1;
    for (size_t i = 0; i < count; ++i) {
      const absl::Status status = AppendEntry(is_list ? form.items[i] : form, &ops);
      if (!status.ok()) return absl::InvalidArgumentError(Concat("line ", reader.line(), ": ", status.message()));
    }
  }
}

}  // namespace

HistoryFormat FormatOf(std::string_view path) {
  if (path.ends_with(".edn")) return HistoryFormat::kEdn;
  return path.ends_with(".txt") ? HistoryFormat::kText : HistoryFormat::kJsonLines;
}

void AppendLine(const Op& op, HistoryFormat format, std::string& out) {
  switch (format) {
    case HistoryFormat::kEdn:
      return AppendEdnLine(op, out);
    case HistoryFormat::kJsonLines:
      return AppendJsonLine(op, out);
    case HistoryFormat::kText:
      return AppendTextLine(op, out);
  }
}

std::string PrintHistory(const History& history, HistoryFormat format) {
  std::string text = Header(format);
  for (const Op& op : history.ops()) {
    AppendLine(op, format, text);
    text.push_back('\n');
  }
  return text;
}

absl::StatusOr<History> ParseHistory(std::string_view text, HistoryFormat format) {
  CHECK(format != HistoryFormat::kText);
  absl::StatusOr<std::vector<Op>> ops =
      format == HistoryFormat::kEdn ? ParseEdnForms(text) : ParseJsonLines(text);
  if (!ops.ok()) return ops.status();
  return History::Make(*std::move(ops));
}

absl::StatusOr<History> ReadHistory(const std::string& path) {
  const HistoryFormat format = FormatOf(path);
  if (format == HistoryFormat::kText) {
    return absl::InvalidArgumentError(
        Concat("cannot read ", path, ": a history.txt is for people; give history.jsonl or history.edn instead"));
  }
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<History> history = ParseHistory(*text, format);
  if (history.ok()) return history;
  return absl::Status(history.status().code(), Concat(path, ": ", history.status().message()));
}

absl::Status WriteHistory(const History& history, const std::string& path) {
  const HistoryFormat format = FormatOf(path);
  const absl::StatusOr<std::unique_ptr<AppendFile>> file = AppendFile::Create(path);
  if (!file.ok()) return file.status();
  (*file)->Append(Header(format));
  std::string line;
  for (const Op& op : history.ops()) {
    line.clear();
    AppendLine(op, format, line);
    line.push_back('\n');
    (*file)->Append(line);
  }
  return (*file)->Close();
}

}  // namespace gyre
