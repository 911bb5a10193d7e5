#include "tools/run_record.h"

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/edn_json.h"
#include "sim/history/history_files.h"
#include "tools/call_file.h"
#include "tools/options.h"
#include "tools/plot/cycle_picture.h"
#include "tools/version.h"

namespace gyre {
namespace {

absl::Status NotARecord(const std::string& path, std::string_view why) {
  return absl::InvalidArgumentError(
      Concat(path, " cannot be read: ", why, "; name the directory of a run that gyre ", kVersion, " stored."));
}

absl::Status Wrong(std::string_view why) { return absl::InvalidArgumentError(ToAbsl(why)); }

const Json* MemberOfKind(const Json& json, const char* name, Json::Kind kind) {
  const Json* value = json.Find(name);
  return value != nullptr && value->kind() == kind ? value : nullptr;
}

bool ReadNodes(const Json& json, std::vector<NodeDigest>* nodes) {
  const Json* array = MemberOfKind(json, "nodes", Json::Kind::kArray);
  if (array == nullptr) return false;
  for (const Json& each : array->AsArray()) {
    const Json* name = MemberOfKind(each, "name", Json::Kind::kString);
    const Json* digest = MemberOfKind(each, "call_digest", Json::Kind::kString);
    const Json* stops = MemberOfKind(each, "stops", Json::Kind::kInt);
    const Json* calls = MemberOfKind(each, "calls", Json::Kind::kInt);
    if (name == nullptr || digest == nullptr || stops == nullptr || calls == nullptr) return false;
    nodes->push_back({name->AsString(), digest->AsString(), stops->AsUint(), calls->AsUint()});
  }
  return true;
}

bool ReadManifest(const Json& json, std::vector<std::pair<std::string, std::string>>* manifest) {
  const Json* files = MemberOfKind(json, "manifest", Json::Kind::kObject);
  if (files == nullptr) return false;
  for (const auto& [path, hash] : files->AsObject()) {
    if (!hash.is_string()) return false;
    manifest->emplace_back(path, hash.AsString());
  }
  return true;
}

}  // namespace

RunRecord MakeRecord(const RunConfig& config, const RunResult& result) {
  RunRecord record;
  record.version = kVersion;
  record.config = config;
  const absl::StatusOr<Digest> program = DigestOfFile(config.bin);
  record.program = program.ok() ? program->Hex() : "";
  record.result = Summarize(config, result);
  for (const NodeReport& node : result.nodes) {
    record.nodes.push_back({node.name, node.call_digest.Hex(), node.stops, node.calls});
  }
  record.manifest = result.manifest;
  return record;
}

Json ToJson(const RunRecord& record) {
  Json::Array nodes;
  for (const NodeDigest& node : record.nodes) {
    nodes.push_back(Json::ObjectOf(
        {{"name", node.name}, {"call_digest", node.call_digest}, {"stops", node.stops}, {"calls", node.calls}}));
  }
  Json manifest{Json::Object{}};
  for (const auto& [path, hash] : record.manifest) manifest.AsObject().emplace_back(path, hash);
  return Json::ObjectOf({{"format", kRunRecordFormat},
                         {"version", record.version},
                         {"config", ConfigToJson(record.config)},
                         {"program", record.program},
                         {"result", ToJson(record.result)},
                         {"nodes", std::move(nodes)},
                         {"manifest", std::move(manifest)}});
}

std::string ToText(const RunRecord& record) { return ToJson(record).Dump() + "\n"; }

absl::StatusOr<RunRecord> RecordFromJson(const Json& json) {
  const Json* format = MemberOfKind(json, "format", Json::Kind::kInt);
  if (format == nullptr) return Wrong("it has no format number");
  if (format->AsInt() != kRunRecordFormat) {
    return Wrong(Concat("its format is ", format->AsInt(), ", this gyre reads ", kRunRecordFormat));
  }
  const Json* version = MemberOfKind(json, "version", Json::Kind::kString);
  const Json* program = MemberOfKind(json, "program", Json::Kind::kString);
  const Json* config = MemberOfKind(json, "config", Json::Kind::kObject);
  const Json* result = MemberOfKind(json, "result", Json::Kind::kObject);
  if (version == nullptr || program == nullptr || config == nullptr || result == nullptr) {
    return Wrong("a member is missing");
  }
  RunRecord record;
  record.version = version->AsString();
  record.program = program->AsString();
  absl::StatusOr<RunConfig> run = ConfigFromJson(*config);
  if (!run.ok()) return run.status();
  record.config = *std::move(run);
  absl::StatusOr<RunSummary> summary = SummaryFromJson(*result);
  if (!summary.ok()) return summary.status();
  record.result = *std::move(summary);
  if (!ReadNodes(json, &record.nodes) || !ReadManifest(json, &record.manifest)) {
    return Wrong("its nodes or its manifest are wrong");
  }
  return record;
}

absl::StatusOr<RunRecord> ReadRecord(const std::string& directory) {
  const std::string path = Concat(directory, "/", kRunRecordFile);
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) {
    return absl::NotFoundError(Concat("There is no stored run in ", directory, ": ", text.status().message(), "."));
  }
  const absl::StatusOr<Json> json = ParseJson(*text);
  if (!json.ok()) return NotARecord(path, ToStd(json.status().message()));
  absl::StatusOr<RunRecord> record = RecordFromJson(*json);
  if (!record.ok()) return NotARecord(path, ToStd(record.status().message()));
  record->result.store = directory;
  return record;
}

absl::Status WriteRun(const std::string& directory, const RunRecord& record, const RunResult& result) {
  const auto in = [&](std::string_view name) { return Concat(directory, "/", name); };
  absl::Status status = WriteFileAtomically(in(kRunRecordFile), ToText(record));
  status.Update(WriteFileAtomically(in("results.json"), PlainResults(result.results).Dump() + "\n"));
  status.Update(WriteFileAtomically(in("results.edn"), PrettyPrint(ResultsToEdn(result.results))));
  status.Update(WriteHistory(result.simulation.history, {in("history.jsonl"), in("history.edn"), in("history.txt")}));
  status.Update(WriteCalls(in(kCallFile), result.nodes));
  PictureCounts counts;
  status.Update(WritePictures(in(kPicturesDirectory), result.simulation.history, result.anomalies, &counts).status());
  return status;
}

}  // namespace gyre
