#include "tools/serve/run_story.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "tools/plot/calls.h"
#include "tools/run/run_files.h"
#include "tools/serve/windows.h"

namespace gyre {
namespace {

constexpr size_t kMostCalls = 200'000;
constexpr size_t kMostFiles = 2'000;
constexpr size_t kMostLines = 8;
constexpr int64_t kMostTail = 4'096;  // bytes read of a log's end
constexpr uintmax_t kMostTimes = 64u << 20;

Json Member(const std::string& directory, std::string_view name, Json::Array* problems) {
  const absl::StatusOr<std::string> text = ReadFile(Concat(directory, "/", name));
  absl::StatusOr<Json> json = text.ok() ? ParseJson(*text) : text.status();
  if (json.ok() && json->is_object()) return *std::move(json);
  problems->push_back(Concat(name, !text.ok() ? " is missing: the run is not whole, or not one of gyre's"
                                   : json.ok() ? " is not whole: no object"
                                               : Concat(" is not whole: ", json.status().message())));
  return Json();
}

Json::Array Files(const std::string& directory) {
  Json::Array files;
  std::vector<std::pair<std::string, uint64_t>> found;
  std::error_code error;
  // Links are not followed: they are listed nowhere, and refused.
  const std::filesystem::recursive_directory_iterator end;
  for (auto at = std::filesystem::recursive_directory_iterator(directory, error);
       !error && at != end && found.size() < kMostFiles; at.increment(error)) {
    std::error_code ignored;
    if (!at->is_regular_file(ignored) || at->is_symlink(ignored)) continue;
    found.emplace_back(at->path().string().substr(directory.size() + 1), at->file_size(ignored));
  }
  std::sort(found.begin(), found.end());
  for (auto& [path, size] : found) files.push_back(Json::ObjectOf({{"path", path}, {"size", size}}));
  return files;
}

Json EntryJson(const Op& op) {
  Json json = Json::ObjectOf({{"index", uint64_t{op.index.value()}},
                              {"time", op.time.ns()},
                              {"process", int64_t{op.process.value()}},
                              {"type", ToString(op.type)},
                              {"f", op.f.text()},
                              {"value", op.value}});
  if (!op.error.is_null()) json.Set("error", op.error);
  if (!op.exception.is_null()) json.Set("exception", op.exception);
  return json;
}

// Up to where a log had been written at `time`: the offset of what was written first after it; -1: all of it.
int64_t EndAt(const std::string& times, int64_t time) {
  std::error_code error;
  if (std::filesystem::file_size(times, error) > kMostTimes || error) return error ? -1 : 0;
  const absl::StatusOr<std::string> text = ReadFile(times);
  if (!text.ok()) return -1;
  for (const absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    int64_t at = 0;
    int64_t offset = 0;
    if (!absl::SimpleAtoi(parts.first, &at) || !absl::SimpleAtoi(parts.second, &offset)) return -1;
    if (at > time) return offset;
  }
  return -1;
}

Json::Array LastLines(const std::string& path, int64_t end) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  if (end < 0) end = static_cast<int64_t>(file.tellg());
  const int64_t begin = std::max<int64_t>(end - kMostTail, 0);
  std::string tail(static_cast<size_t>(end - begin), '\0');
  file.seekg(begin);
  file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  tail.resize(static_cast<size_t>(file.gcount()));
  std::vector<std::string> lines = absl::StrSplit(tail, '\n', absl::SkipEmpty());
  Json::Array last;
  for (size_t i = lines.size() - std::min(lines.size(), kMostLines); i < lines.size(); ++i) last.emplace_back(lines[i]);
  return last;
}

}  // namespace

std::string StoryJson(const std::string& directory, const std::string& id) {
  Json::Array problems;
  Json run = Member(directory, "run.json", &problems);
  Json results = Member(directory, "results.json", &problems);
  for (const char* name : {"history.jsonl", kJournalFile}) {
    if (!Exists(Concat(directory, "/", name))) problems.push_back(Json(Concat(name, " is missing")));
  }
  return Json::ObjectOf({{"id", id},
                         {"directory", directory},
                         {"run", std::move(run)},
                         {"results", std::move(results)},
                         {"files", Files(directory)},
                         {"problems", std::move(problems)}})
      .Dump();
}

std::string CallsJson(const History& history) {
  const std::vector<Call> calls = CallsOf(history);
  const std::vector<std::string_view> functions = FunctionsOf(calls);
  size_t stride = 1;
  while (calls.size() / stride > kMostCalls) stride *= 2;
  std::string out = "{\"f\":[";
  for (size_t i = 0; i < functions.size(); ++i) out += Concat(i == 0 ? "" : ",", Json(functions[i]).Dump());
  out += Concat("],\"total\":", calls.size(), ",\"stride\":", stride, ",\"calls\":[");
  for (size_t i = 0; i < calls.size(); i += stride) {
    const Call& call = calls[i];
    const auto f = std::lower_bound(functions.begin(), functions.end(), call.f) - functions.begin();
    const int64_t completion = call.completion == History::kNone ? -1 : int64_t{call.completion};
    absl::StrAppend(&out, i == 0 ? "" : ",", call.invoke, ",", completion, ",", call.process.value(), ",");
    absl::StrAppend(&out, call.from.ns(), ",", call.to.ns(), ",", static_cast<int>(call.type), ",", f);
  }
  return out + "]}";
}

std::string OperationJson(const History& history, const JournalIndex* index, uint32_t position) {
  CHECK(position < history.size());
  uint32_t invoke = position;
  uint32_t completion = history.pair(position);
  if (history[position].type != OpType::kInvoke && completion != History::kNone) std::swap(invoke, completion);
  const bool ended = completion != History::kNone;
  Json json = Json::ObjectOf({{"position", uint64_t{position}}, {"invoke", EntryJson(history[invoke])}});
  json.Set("completion", ended ? EntryJson(history[completion]) : Json());
  std::string rows;
  if (index != nullptr && history[invoke].process != kNemesis) {
    const std::string client = Concat("c", history[invoke].process.value() + 1);
    json.Set("client", client);
    const auto found = std::find_if(index->endpoints().begin(), index->endpoints().end(),
                                    [&](const IndexedEndpoint& endpoint) { return endpoint.name == client; });
    if (found != index->endpoints().end()) {
      const int64_t from = history[invoke].time.ns() + index->zero();
      const int64_t to = ended ? history[completion].time.ns() + index->zero() : index->end();
      for (const uint32_t number :
           ChainOf(*index, static_cast<uint32_t>(found - index->endpoints().begin()), from, to)) {
        const IndexedMessage& m = index->messages()[number];
        absl::StrAppend(&rows, rows.empty() ? "" : ",", number, ",", m.sent, ",", m.ended, ",", m.from);
        absl::StrAppend(&rows, ",", m.to, ",", m.type, ",", static_cast<int>(m.fate));
      }
    }
  }
  std::string out = json.Dump();
  out.pop_back();
  return Concat(out, ",\"chain\":[", rows, "]}");
}

std::string LogsJson(const std::string& directory, int64_t time) {
  Json logs{Json::Object{}};
  const std::string in = Concat(directory, "/", kNodeLogs);
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(in);
  if (!names.ok()) return logs.Dump();
  for (const std::string& name : *names) {
    if (!name.ends_with(".log")) continue;
    const std::string node = name.substr(0, name.size() - 4);
    logs.Set(node, LastLines(Concat(in, "/", name), EndAt(Concat(in, "/", node, ".times"), time)));
  }
  return logs.Dump();
}

}  // namespace gyre
