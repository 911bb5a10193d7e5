#include "sim/history/history_files.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/edn.h"
#include "sim/history/edn_json.h"
#include "sim/history/op_forms.h"

namespace gyre {
namespace {

constexpr std::string_view kHeaderName = "gyre-history";

std::string Header(HistoryFormat format) {
  if (format != HistoryFormat::kJsonLines) return "";
  return Concat("{\"", kHeaderName, "\":", kHistoryVersion, "}\n");
}

// --- JSON lines ---

void AppendJsonLine(const Op& op, std::string& out) {
  absl::StrAppend(&out, "{\"index\":", op.index.value(), ",\"time\":", op.time.ns(), ",\"process\":");
  if (op.process == kNemesis) {
    out.append("\"nemesis\"");
  } else {
    absl::StrAppend(&out, op.process.value());
  }
  out.append(",\"type\":\"").append(ToString(op.type)).append("\",\"f\":");
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

absl::Status TakeIndex(const Json& json, Op* op) {
  const Json* index = json.Find("index");
  if (index == nullptr) return absl::OkStatus();
  if (!index->is_int() || index->AsInt() < 0 || index->AsInt() > UINT32_MAX) {
    return absl::InvalidArgumentError("\"index\" must be a count");
  }
  op->index = OpIndex(static_cast<uint32_t>(index->AsInt()));
  return absl::OkStatus();
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
    Op op = Following(ops);
    absl::Status status = FillFromJson(*json, &op);
    if (status.ok()) status = TakeIndex(*json, &op);
    if (!status.ok()) return absl::InvalidArgumentError(Concat("line ", number, ": ", status.message()));
    ops.push_back(std::move(op));
  }
  return ops;
}

// --- Jepsen's ---

// One entry a form, or a list of all.
absl::StatusOr<std::vector<Op>> ParseEdnForms(std::string_view text) {
  std::vector<Op> ops;
  EdnReader reader(text);
  for (bool is_first = true;; is_first = false) {
    Edn form;
    const absl::StatusOr<bool> more = reader.Next(&form, is_first ? EdnReader::List::kEnter : EdnReader::List::kWhole);
    if (!more.ok()) return more.status();
    if (!*more) return ops;
    Op op = Following(ops);
    if (const absl::Status status = FillFromEdn(form, &op); !status.ok()) {
      return absl::InvalidArgumentError(Concat(reader.place(), ": entry ", ops.size(), ": ", status.message()));
    }
    ops.push_back(std::move(op));
  }
}

void AppendProcess(ProcessId process, std::string& out) {
  if (process == kNemesis) {
    out.append(":nemesis");
  } else {
    absl::StrAppend(&out, process.value());
  }
}

void AppendFunction(Atom f, std::string& out) {
  if (f == Atom()) {
    out.append("nil");
  } else {
    out.append(":").append(f.text());
  }
}

// Member by member: a tree of the whole entry would take longer than its text. `value` is that of AppendEdnValue.
void AppendEdnLine(const Op& op, std::string_view value, std::string& out) {
  absl::StrAppend(&out, "{:index ", op.index.value(), ", :time ", op.time.ns(), ", :type :", ToAbsl(ToString(op.type)),
                  ", :process ");
  AppendProcess(op.process, out);
  out.append(", :f ");
  AppendFunction(op.f, out);
  out.append(", :value ").append(value);
  if (op.final) out.append(", :final? true");
  if (!op.exception.is_null()) {
    out.append(", :exception ");
    AppendTo(ExceptionToEdn(op.exception), out);
  }
  if (!op.error.is_null()) {
    out.append(", :error ");
    AppendTo(ErrorToEdn(op.error), out);
  }
  out.push_back('}');
}

void AppendTextLine(const Op& op, std::string_view value, std::string& out) {
  AppendProcess(op.process, out);
  out.append("\t:").append(ToString(op.type)).push_back('\t');
  AppendFunction(op.f, out);
  out.append("\t").append(value);
  if (!op.error.is_null()) out.append("\t").append(PrintBare(ErrorToEdn(op.error)));
}

void AppendLine(const Op& op, std::string_view edn_value, HistoryFormat format, std::string& out) {
  switch (format) {
    case HistoryFormat::kEdn:
      return AppendEdnLine(op, edn_value, out);
    case HistoryFormat::kJsonLines:
      return AppendJsonLine(op, out);
    case HistoryFormat::kText:
      return AppendTextLine(op, edn_value, out);
  }
}

}  // namespace

HistoryFormat FormatOf(std::string_view path) {
  if (path.ends_with(".edn")) return HistoryFormat::kEdn;
  return path.ends_with(".txt") ? HistoryFormat::kText : HistoryFormat::kJsonLines;
}

void AppendLine(const Op& op, HistoryFormat format, std::string& out) {
  std::string edn_value;
  if (format != HistoryFormat::kJsonLines) AppendEdnValue(op, edn_value);
  AppendLine(op, edn_value, format, out);
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

absl::Status WriteHistory(const History& history, const std::vector<std::string>& paths) {
  absl::Status status;
  std::vector<std::pair<HistoryFormat, std::unique_ptr<AppendFile>>> files;
  for (const std::string& path : paths) {
    absl::StatusOr<std::unique_ptr<AppendFile>> file = AppendFile::Create(path);
    status.Update(file.status());
    if (!file.ok()) continue;
    files.emplace_back(FormatOf(path), *std::move(file));
    files.back().second->Append(Header(files.back().first));
  }
  std::string edn_value;
  std::string line;
  for (const Op& op : history.ops()) {
    edn_value.clear();
    AppendEdnValue(op, edn_value);
    for (const auto& [format, file] : files) {
      line.clear();
      AppendLine(op, edn_value, format, line);
      line.push_back('\n');
      file->Append(line);
    }
  }
  for (const auto& [format, file] : files) status.Update(file->Close());
  return status;
}

}  // namespace gyre
