#include "tools/seed_file.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/match.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/console.h"
#include "tools/options.h"
#include "tools/version.h"

namespace gyre {
namespace {

namespace fs = std::filesystem;

// In front of a program's argument that names a file: the directory of the seed file.
constexpr std::string_view kHere = "{here}/";
// What belongs to the machine and lies at the same place on others.
constexpr std::string_view kSystem[] = {"/bin/", "/etc/", "/lib", "/opt/", "/proc/", "/sys/", "/usr/"};
// What a node has from its caller (semantics.md): another machine's would not do.
constexpr const char* kCallers[] = {"LD_LIBRARY_PATH", "PATH"};

// The absolute directory that the file at `path` is in.
fs::path DirectoryOf(const std::string& path) {
  std::error_code failed;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, failed), failed);
  return failed ? fs::path(path).parent_path() : whole.parent_path();
}

// The path as the file has it, and back.
std::string Relative(const std::string& path, const fs::path& directory) {
  if (path.empty() || path[0] != '/' || IsSystem(path)) return path;
  return fs::path(path).lexically_relative(directory).string();
}
std::string Absolute(const std::string& path, const fs::path& directory) {
  if (path.empty() || path[0] == '/') return path;
  return (directory / path).lexically_normal().string();
}

bool IsCallers(std::string_view name) {
  return std::find(std::begin(kCallers), std::end(kCallers), name) != std::end(kCallers);
}

void WithoutPlaces(const fs::path& directory, RunRecord* record) {
  RunConfig& config = record->config;
  config.bin = Relative(config.bin, directory);
  for (std::string& arg : config.args) {
    if (!arg.empty() && arg[0] == '/' && !IsSystem(arg) && Exists(arg)) arg = Concat(kHere, Relative(arg, directory));
  }
  std::erase_if(config.env, [](const auto& variable) { return IsCallers(variable.first); });
  for (auto& [path, hash] : record->manifest) path = Relative(path, directory);
  std::sort(record->manifest.begin(), record->manifest.end());
  record->result.store.clear();
}

void WithPlaces(const fs::path& directory, RunRecord* record) {
  RunConfig& config = record->config;
  // A bare word is a name on PATH, as on the command line; what save writes has a '/' unless it lies beside the file.
  config.bin = Absolute(config.bin, directory);
  for (std::string& arg : config.args) {
    if (absl::StartsWith(arg, ToAbsl(kHere))) arg = Absolute(arg.substr(kHere.size()), directory);
  }
  for (const char* name : kCallers) {
    if (const char* value = std::getenv(name)) config.env.emplace_back(name, value);
  }
  std::sort(config.env.begin(), config.env.end());
  for (auto& [path, hash] : record->manifest) path = Absolute(path, directory);
  std::sort(record->manifest.begin(), record->manifest.end());
}

// Objects and lists down to `depth` with a line for each member, what is below on one line.
void AppendPretty(const Json& json, int depth, const std::string& indent, std::string* out) {
  const std::string deeper = indent + "  ";
  const bool is_object = json.is_object() && !json.AsObject().empty();
  const bool is_array = json.is_array() && !json.AsArray().empty();
  if (depth == 0 || (!is_object && !is_array)) {
    *out += json.Dump();
    return;
  }
  *out += is_object ? "{" : "[";
  const char* separator = "\n";
  const auto next = [&] {
    *out += Concat(separator, deeper);
    separator = ",\n";
  };
  if (is_object) {
    for (const auto& [name, value] : json.AsObject()) {
      next();
      AppendJsonString(name, *out);
      *out += ": ";
      AppendPretty(value, depth - 1, deeper, out);
    }
  } else {
    for (const Json& value : json.AsArray()) {
      next();
      AppendPretty(value, depth - 1, deeper, out);
    }
  }
  *out += Concat("\n", indent, is_object ? "}" : "]");
}

// A config without the members that are at their defaults.
Json WithoutDefaults(const Json& config) {
  const Json defaults = ConfigToJson(RunConfig());
  Json rest{Json::Object{}};
  for (const auto& [name, value] : config.AsObject()) {
    const Json* otherwise = defaults.Find(name);
    if (otherwise == nullptr || name == "seed" || name == "workload" || !(value == *otherwise)) rest.Set(name, value);
  }
  return rest;
}

absl::Status NotASeed(const std::string& path, std::string_view why) {
  return absl::InvalidArgumentError(Concat(EscapeForTerminal(path), " cannot be read: ", why,
                                           "; name a file that `gyre save` of gyre ", kVersion, " wrote."));
}

bool ReadExpectation(const Json* json, SeedExpectation* expect) {
  const Json* valid = json == nullptr ? nullptr : json->Find("valid");
  if (valid == nullptr) return false;
  const Validity all[] = {Validity::kValid, Validity::kUnknown, Validity::kInvalid};
  const auto named = std::find_if(std::begin(all), std::end(all), [&](Validity v) { return *valid == ToJson(v); });
  if (named == std::end(all)) return false;
  expect->valid = *named;
  const Json* anomaly = json->Find("anomaly");
  if (anomaly == nullptr || anomaly->is_null()) return true;
  if (!anomaly->is_string()) return false;
  expect->anomaly = anomaly->AsString();
  return true;
}

}  // namespace

bool IsSystem(const std::string& path) {
  return std::any_of(std::begin(kSystem), std::end(kSystem),
                     [&](std::string_view place) { return absl::StartsWith(path, ToAbsl(place)); });
}

SeedExpectation ExpectationOf(const RunSummary& summary) { return {summary.valid, summary.anomaly}; }

std::string ToString(const SeedExpectation& expectation) {
  const std::string_view valid = ToString(expectation.valid);
  return expectation.anomaly.empty() || expectation.anomaly == valid ? std::string(valid)
                                                                     : Concat(valid, " (", expectation.anomaly, ")");
}

std::string ToText(const SeedFile& seed, const std::string& path) {
  RunRecord record = seed.record;
  WithoutPlaces(DirectoryOf(path), &record);
  const std::string& anomaly = seed.expect.anomaly;
  Json json = Json::ObjectOf({{"story", seed.story},
                              {"expect", Json::ObjectOf({{"valid", ToJson(seed.expect.valid)},
                                                         {"anomaly", anomaly.empty() ? Json() : Json(anomaly)}})}});
  const Json run = ToJson(record);
  for (const auto& [name, value] : run.AsObject()) {
    json.Set(name, name == "config" ? WithoutDefaults(value) : value);
  }
  std::string text;
  // Deep enough for each fault and each override to have its own line.
  AppendPretty(json, 3, "", &text);
  return text + "\n";
}

absl::StatusOr<SeedFile> ReadSeedFile(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return absl::NotFoundError(Concat(text.status().message(), "; name a file that `gyre save` wrote."));
  const absl::StatusOr<Json> json = ParseJson(*text);
  if (!json.ok()) return NotASeed(path, ToStd(json.status().message()));
  SeedFile seed;
  const Json* story = json->Find("story");
  if (story == nullptr || !story->is_string()) return NotASeed(path, "it has no story");
  seed.story = story->AsString();
  if (!ReadExpectation(json->Find("expect"), &seed.expect)) {
    return NotASeed(path, R"(it has no "expect" such as {"valid": false, "anomaly": "lost"})");
  }
  absl::StatusOr<RunRecord> record = RecordFromJson(*json);
  if (!record.ok()) return NotASeed(path, ToStd(record.status().message()));
  seed.record = *std::move(record);
  WithPlaces(DirectoryOf(path), &seed.record);
  return seed;
}

bool IsSeedFile(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

absl::StatusOr<std::vector<std::string>> SeedFilesIn(const std::string& directory) {
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(directory);
  if (!names.ok()) return names.status();
  std::vector<std::string> paths;
  for (const std::string& name : *names) {
    if (name[0] != '.' && absl::EndsWith(name, ".json")) {
      paths.push_back(Concat(directory, absl::EndsWith(directory, "/") ? "" : "/", name));
    }
  }
  if (!paths.empty()) return paths;
  return absl::NotFoundError(Concat("There is neither a stored run nor a seed file in ", EscapeForTerminal(directory),
                                    ": name a directory of the store, or one with files that `gyre save` wrote."));
}

}  // namespace gyre
