// Every history of the directory of the meson option `data` that has a known verdict, judged as `gyre check` does.
// Absent, the test says so loudly and passes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "checkers/consistency_models.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/edn_json.h"
#include "sim/history/labelled.h"
#include "tools/expectation.h"
#include "tools/run/judges.h"

namespace gyre {
namespace {

struct IndexRow {
  std::string file;
  std::string id;  // of a line; "": the file is one history
  std::string model;
  std::string expected;
};

std::vector<IndexRow> ReadIndex(const std::string& data) {
  std::vector<IndexRow> rows;
  const absl::StatusOr<std::string> text = ReadFile(data + "/index.tsv");
  REQUIRE(text.ok());
  for (const absl::string_view line : absl::StrSplit(ToAbsl(*text), '\n', absl::SkipEmpty())) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    if (cells.size() < 5 || cells[0] == "path") continue;
    const std::pair<std::string, std::string> path = absl::StrSplit(cells[0], absl::MaxSplits('#', 1));
    rows.push_back({path.first, path.second, cells[3], cells[4]});
  }
  return rows;
}

// The kind and the options that the index's words mean.
struct Meaning {
  std::string kind;
  Json opts = Json(Json::Object());
};

Meaning MeaningOf(const std::string& model) {
  if (absl::StartsWith(model, "cas-register init=0")) return {"cas-register", Json::ObjectOf({{"init", 0}})};
  if (absl::StartsWith(model, "multi-register init")) {
    return {"multi-register", Json::ObjectOf({{"init", Json::ObjectOf({{"x", 0}, {"y", 0}})}})};
  }
  if (absl::StartsWith(model, "etcd cas-register")) {
    return {"cas-register", Json::ObjectOf({{"nil-read", "absent"}, {"failed-cas", "mismatch"}})};
  }
  const std::pair<std::string, std::string> words = absl::StrSplit(model, absl::MaxSplits(' ', 1));
  Meaning meaning{words.first};
  if (absl::StartsWith(words.second, "opts=")) {
    const absl::StatusOr<Json> opts = ParseJson(words.second.substr(5));
    REQUIRE(opts.ok());
    meaning.opts = *opts;
  }
  return meaning;
}

// What the index's words expect: valid?, and of transactions also `not` where it is told. Nothing where it tells none.
std::optional<Json> ExpectationOf(const std::string& words) {
  Json expected = Json(Json::Object());
  if (absl::StartsWith(words, "valid=True") || words == "valid" || absl::StartsWith(words, "valid (")) {
    expected.Set("valid?", true);
  } else if (absl::StartsWith(words, "valid=False") || words == "invalid") {
    expected.Set("valid?", false);
  } else if (absl::StartsWith(words, "valid=unknown")) {
    expected.Set("valid?", "unknown");
  } else if (absl::StartsWith(words, "error-types=")) {
    // error-types=['duplicate', 'unseen']; bad(assign)=['unseen']
    for (const absl::string_view part : absl::StrSplit(words, "; ")) {
      const std::pair<std::string, std::string> sides = absl::StrSplit(part, absl::MaxSplits('=', 1));
      const absl::StatusOr<Json> types = ParseJson(absl::StrReplaceAll(sides.second, {{"'", "\""}}));
      REQUIRE(types.ok());
      expected.Set(sides.first == "error-types" ? "error-types" : "bad-error-types", *types);
      if (sides.first != "error-types") expected.Set("valid?", types->AsArray().empty());
    }
  } else {
    return std::nullopt;
  }
  return expected;
}

// How many errors of each type a kafka result has, as the labels count: the members of a map that is no list.
Json ErrorCounts(const Json& result) {
  Json counts = Json(Json::Object());
  for (const Json& type : result.Find("error-types")->AsArray()) {
    const Json& errors = *result.Find(type.AsString());
    const Json* count = errors.Find("count");
    counts.Set(type.AsString(), count == nullptr ? Json(static_cast<int64_t>(errors.AsObject().size())) : *count);
  }
  return counts;
}

// What the labels of kafka histories have beside the result's own keys. Their lags are in nanoseconds.
std::string KafkaDifferences(const Json& expected, const Json& result) {
  std::string differences;
  if (const Json* counts = expected.Find("error-counts"); counts != nullptr && *counts != ErrorCounts(result)) {
    differences += Concat("error counts should be ", counts->Dump(), ", but are ", ErrorCounts(result).Dump(), "; ");
  }
  if (const Json* errors = expected.Find("errors")) {
    for (const auto& [type, listed] : errors->AsObject()) {
      const Json* told = result.Find(type);
      const bool same = !listed.is_array() || (told != nullptr &&
                                               *told->Find("count") == Json(int64_t(listed.AsArray().size())));
      if (told == nullptr || !same) differences += Concat("errors of ", type, " should be ", listed.Dump(), "; ");
    }
  }
  if (const Json* worst = expected.Find("worst-realtime-lag")) {
    for (const auto& [name, value] : result.Find("worst-realtime-lag")->AsObject()) {
      const bool seconds = name == "time" || name == "lag";
      const Json have = seconds ? Json(static_cast<int64_t>(std::llround(value.AsDouble() * 1e9))) : value;
      if (have != *worst->Find(name)) differences += Concat("worst lag should be ", worst->Dump(), "; ");
    }
  }
  return differences;
}

std::string Data() {
  const char* directory = std::getenv("GYRE_DATA");
  if (directory != nullptr && std::filesystem::exists(std::string(directory) + "/index.tsv")) return directory;
  std::cerr << "\n*** SKIPPED: no histories with known verdicts at \"" << (directory == nullptr ? "" : directory)
            << "\"; set the meson option `data` to the directory that holds their index.tsv ***\n\n";
  return "";
}

// All histories of a file, by id.
std::map<std::string, LabelledHistory> ReadAll(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  REQUIRE_MESSAGE(text.ok(), path);
  std::map<std::string, LabelledHistory> all;
  ReadHistories(*text, Notation::kAuto, [&](LabelledHistory history) { all[history.id] = std::move(history); });
  return all;
}

// Histories of which Elle names other kinds of anomalies than are there. It gives up on a kind if the first cycle
// that its search meets is of another one once its steps are explained, and ends a search by the clock; the cycles
// that are told instead prove themselves (checkers/README.md shows one). `not` is as strong or stronger.
constexpr const char* kKindsThatEllesSearchMissed[] = {
    "list-append-001-G-nonadjacent-test", "list-append-048-unfindable-g-single", "list-append-si-lost-0107",
    "list-append-rc-reorder-0205",        "list-append-rc-reorder-0206",         "list-append-stale-dirty-0256",
    "list-append-stale-dirty-0257",       "rw-register-rc-nilread-0455",
};

bool MayTellMore(const IndexRow& row) {
  return std::any_of(std::begin(kKindsThatEllesSearchMissed), std::end(kKindsThatEllesSearchMissed),
                     [&](const char* name) { return row.id == name || absl::StrContains(row.file, name); });
}

// That what was expected follows from what is told: each kind is told, or a special case of it; each model is ruled
// out.
std::string Unproven(const Json& expected, const Json& result) {
  const auto names = [](const Json& of, const char* name, const char* other) {
    const Json* list = of.Find(name) != nullptr ? of.Find(name) : of.Find(other);
    std::vector<std::string> all;
    for (const Json& each : list == nullptr ? Json::Array() : list->AsArray()) all.push_back(each.AsString());
    return all;
  };
  AnomalySet told;
  for (const std::string& kind : names(result, "anomaly-types", "")) told.merge(ImpliedAnomalies(kind));
  std::set<std::string> ruled_out;
  for (const char* list : {"not", "also-not"}) {
    for (const std::string& model : names(result, list, "")) ruled_out.insert(model);
  }
  std::string missing;
  for (const std::string& kind : names(expected, "anomaly-types", "anomaly_types")) {
    const bool by_time = kind == "cycle-search-timeout" || absl::EndsWith(kind, "-cycle-exists");
    if (!by_time && !told.contains(kind)) missing += Concat(kind, " is missing; ");
  }
  for (const auto& [name, other] : {std::pair{"not", "not"}, {"also-not", "also_not"}}) {
    for (const std::string& model : names(expected, name, other)) {
      if (!ruled_out.contains(model)) missing += Concat(model, " is not ruled out; ");
    }
  }
  return missing;
}

void CheckRow(const IndexRow& row, const Meaning& meaning, const Judge& judge, const LabelledHistory& labelled,
              const Json& expected) {
  CAPTURE(row.file);
  CAPTURE(row.id);
  REQUIRE_MESSAGE(labelled.history.ok(), labelled.history.status());
  CheckOptions options;
  options.parity = Parity::kMaelstrom;
  Json opts = labelled.opts.is_object() ? labelled.opts : Json(Json::Object());
  for (const auto& [name, value] : meaning.opts.AsObject()) opts.Set(name, value);
  const absl::StatusOr<Verdict> verdict = judge.judge(judge, *labelled.history, options, opts);
  REQUIRE_MESSAGE(verdict.ok(), verdict.status());
  Json result = PlainResults(verdict->details);
  if (opts.Find("ww-deps") != nullptr) {
    // These labels' lists of what is bad were made as if the option was not given, and allow no cycles for it.
    Json::Array bad;
    for (const Json& type : result.Find("error-types")->AsArray()) {
      if (type != Json("int-send-skip") && type.AsString().find("G0") != 0) bad.push_back(type);
    }
    result.Set("bad-error-types", std::move(bad));
  }
  std::string differences;
  for (const std::string& each : Differences(expected, result, judge.compared)) differences += each + "; ";
  if (labelled.expected.is_object() && MayTellMore(row)) {
    differences += Unproven(labelled.expected, result);
  } else if (labelled.expected.is_object()) {
    for (const std::string& each : Differences(labelled.expected, result, judge.compared)) differences += each + "; ";
    if (meaning.kind == "kafka") differences += KafkaDifferences(labelled.expected, result);
  }
  CHECK(differences == "");
}

TEST_CASE("every history of known verdict is judged so") {
  const std::string data = Data();
  if (data.empty()) return;
  std::map<std::string, std::map<std::string, LabelledHistory>> files;
  std::map<std::string, int> judged;
  std::map<std::string, int> left;
  for (const IndexRow& row : ReadIndex(data)) {
    const Meaning meaning = MeaningOf(row.model);
    const Judge* judge = FindJudge(meaning.kind);
    const std::optional<Json> expected = ExpectationOf(row.expected);
    if (judge == nullptr || !expected.has_value()) {
      ++left[judge == nullptr ? Concat("no judge of ", meaning.kind) : Concat("no verdict known of ", meaning.kind)];
      continue;
    }
    const auto [file, is_new] = files.try_emplace(row.file);
    if (is_new) file->second = ReadAll(data + "/" + row.file);
    const auto found = file->second.find(row.id);
    REQUIRE_MESSAGE(found != file->second.end(), row.file, "#", row.id);
    CheckRow(row, meaning, *judge, found->second, *expected);
    ++judged[meaning.kind];
  }
  for (const auto& [kind, count] : judged) MESSAGE(count << " histories of " << kind);
  for (const auto& [why, count] : left) MESSAGE(count << " left out: " << why);
  for (const char* kind : {"cas-register", "counter", "kafka", "kv", "list-append", "multi-register", "pn-counter",
                           "queue", "rw-register", "set", "set-full", "stats", "total-queue", "unique-ids"}) {
    CHECK_MESSAGE(judged[kind] > 0, kind);
  }
}

// Whether the weak levels hold, from the weakest on, by the index's words.
struct WeakLevels {
  bool read_committed = true;
  bool read_atomic = true;
  bool causal = true;
};

std::optional<WeakLevels> WeakLevelsOf(const std::string& words) {
  if (absl::StartsWith(words, "satisfies causal")) return WeakLevels{true, true, true};
  if (words == "satisfies RA, violates causal") return WeakLevels{true, true, false};
  if (words == "satisfies RC, violates read-atomic") return WeakLevels{true, false, false};
  if (words == "violates read-committed") return WeakLevels{false, false, false};
  return std::nullopt;
}

bool Holds(const History& history, const char* model) {
  const Judge* judge = FindJudge("rw-register");
  CheckOptions options;
  options.parity = Parity::kMaelstrom;
  const absl::StatusOr<Verdict> verdict = judge->judge(
      *judge, history, options, Json::ObjectOf({{"sessions", true}, {"consistency-models", Json::Array{model}}}));
  REQUIRE(verdict.ok());
  CHECK(verdict->valid != Validity::kUnknown);
  return verdict->valid == Validity::kValid;
}

TEST_CASE("every history of known weak isolation is judged so") {
  const std::string data = Data();
  if (data.empty()) return;
  int judged = 0;
  for (const IndexRow& row : ReadIndex(data)) {
    const std::optional<WeakLevels> levels = WeakLevelsOf(row.expected);
    const bool is_plume = row.expected == "violates transactional causal consistency";
    if (!levels.has_value() && !is_plume) continue;
    CAPTURE(row.file);
    const std::map<std::string, LabelledHistory> all = ReadAll(data + "/" + row.file);
    REQUIRE(all.size() == 1);
    const absl::StatusOr<History>& history = all.begin()->second.history;
    REQUIRE_MESSAGE(history.ok(), history.status());
    CHECK(Holds(*history, "causal") == (levels.has_value() && levels->causal));
    ++judged;
    if (is_plume) continue;
    CHECK(Holds(*history, "read-atomic") == levels->read_atomic);
    CHECK(Holds(*history, "read-committed") == levels->read_committed);
  }
  CHECK(judged > 0);
}

}  // namespace
}  // namespace gyre
