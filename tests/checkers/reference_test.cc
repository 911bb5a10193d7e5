// Our checkers in Maelstrom's parity against what Jepsen's own said: labelled histories and whole runs from the
// directory of the meson option `data`. Absent, the tests say so loudly and pass.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "checkers/availability.h"
#include "checkers/echo.h"
#include "checkers/exceptions.h"
#include "checkers/set_full.h"
#include "checkers/stats.h"
#include "checkers/unique_ids.h"
#include "sim/base/file.h"
#include "sim/history/edn.h"
#include "sim/history/edn_json.h"
#include "sim/history/history_files.h"

namespace gyre {
namespace {

// The data directory, or "" after a loud word.
std::string Data() {
  const char* directory = std::getenv("GYRE_DATA");
  if (directory != nullptr && std::filesystem::exists(std::string(directory) + "/index.tsv")) return directory;
  std::cerr << "\n*** SKIPPED: no histories with known verdicts at \"" << (directory == nullptr ? "" : directory)
            << "\"; set the meson option `data` to the directory that holds their index.tsv ***\n\n";
  return "";
}

std::string Read(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  REQUIRE_MESSAGE(text.ok(), path);
  return *text;
}

// With {op-index} for each operation, as the labels have it (some also have its type).
Json Comparable(const Json& json) {
  if (json.is_array()) {
    Json::Array items;
    for (const Json& item : json.AsArray()) items.push_back(Comparable(item));
    return items;
  }
  if (!json.is_object()) return json;
  if (const Json* index = json.Find("op-index")) return Json::ObjectOf({{"op-index", *index}});
  const Json* index = json.Find("index");
  if (index != nullptr && json.Find("process") != nullptr) return Json::ObjectOf({{"op-index", *index}});
  Json::Object members;
  for (const auto& [name, value] : json.AsObject()) members.emplace_back(name, Comparable(value));
  return members;
}

Json Judge(const std::string& checker, const History& history, bool linearizable) {
  CheckOptions maelstrom;
  maelstrom.parity = Parity::kMaelstrom;
  SetFullOptions set;
  set.linearizable = linearizable;
  if (checker == "broadcast") set.add = "broadcast";
  Verdict verdict;
  if (checker == "set-full" || checker == "broadcast") verdict = CheckSetFull(history, maelstrom, set);
  if (checker == "unique-ids") verdict = CheckUniqueIds(history, maelstrom);
  if (checker == "echo") verdict = CheckEcho(history, maelstrom);
  if (checker == "stats") verdict = CheckStats(history, maelstrom);
  if (checker == "exceptions") verdict = CheckExceptions(history);
  if (checker == "availability") verdict = CheckAvailability(history, {}, Parity::kMaelstrom);
  return Comparable(PlainResults(verdict.details));
}

// One labelled history: {"history": [...], "opts", "expected"}.
void CheckLabelled(const std::string& checker, const std::string& name, const Json& labelled) {
  CAPTURE(name);
  std::string lines = "{\"gyre-history\":1}\n";
  for (const Json& op : labelled.Find("history")->AsArray()) lines += op.Dump() + "\n";
  const absl::StatusOr<History> history = ParseHistory(lines, HistoryFormat::kJsonLines);
  REQUIRE_MESSAGE(history.ok(), history.status());
  const Json* opts = labelled.Find("opts");
  const Json* linearizable = opts == nullptr ? nullptr : opts->Find("linearizable?");
  const Json got = Judge(checker, *history, linearizable != nullptr && linearizable->AsBool());
  const Json expected = Comparable(*labelled.Find("expected"));
  CHECK_MESSAGE(got == expected, "got      " << got.Canonical() << "\nexpected " << expected.Canonical());
}

TEST_CASE("labelled histories: the whole result agrees") {
  const std::string data = Data();
  if (data.empty()) return;
  int count = 0;
  for (const std::string checker : {"set-full", "unique-ids", "stats"}) {
    std::istringstream lines(Read(data + "/oracle/" + checker + ".dev.jsonl"));
    for (std::string line; std::getline(lines, line); ++count) {
      const absl::StatusOr<Json> labelled = ParseJson(line);
      REQUIRE(labelled.ok());
      CheckLabelled(checker, labelled->Find("id")->AsString(), *labelled);
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(data + "/jepsen/cases")) {
    const absl::StatusOr<Json> labelled = ParseJson(Read(entry.path().string()));
    REQUIRE(labelled.ok());
    const std::string checker = labelled->Find("workload")->AsString();
    if (checker != "set-full" && checker != "unique-ids") continue;
    CheckLabelled(checker, entry.path().filename().string(), *labelled);
    ++count;
  }
  MESSAGE(count << " labelled histories");
  CHECK(count >= 60);
}

TEST_CASE("whole Maelstrom runs: the results agree") {
  const std::string data = Data();
  if (data.empty()) return;
  struct Run {
    const char* directory;
    const char* checker;
  };
  for (const Run& run : {Run{"echo", "echo"}, Run{"g-set", "set-full"}}) {
    CAPTURE(run.directory);
    const std::string directory = data + "/maelstrom/" + run.directory;
    const absl::StatusOr<History> history = ReadHistory(directory + "/history.edn");
    REQUIRE_MESSAGE(history.ok(), history.status());
    const absl::StatusOr<Edn> edn = ParseEdn(Read(directory + "/results.edn"));
    REQUIRE(edn.ok());
    const absl::StatusOr<Json> results = ToJson(*edn);
    REQUIRE(results.ok());
    struct Part {
      const char* name;
      const char* checker;
    };
    for (const Part& part : {Part{"workload", run.checker}, Part{"stats", "stats"}, Part{"exceptions", "exceptions"},
                             Part{"availability", "availability"}}) {
      CAPTURE(part.name);
      const Json got = Judge(part.checker, *history, false);
      const Json expected = Comparable(*results->Find(part.name));
      CHECK_MESSAGE(got == expected, "got      " << got.Canonical() << "\nexpected " << expected.Canonical());
    }
  }
}

// Of long runs there are only the first lines of the history: the shape of the results is compared.
TEST_CASE("long Maelstrom runs: the results have the same keys") {
  const std::string data = Data();
  if (data.empty()) return;
  for (const std::string workload : {"broadcast", "unique-ids"}) {
    CAPTURE(workload);
    const std::string directory = data + "/maelstrom/" + workload;
    const absl::StatusOr<History> history = ReadHistory(directory + "/history-head.edn");
    REQUIRE_MESSAGE(history.ok(), history.status());
    const absl::StatusOr<Edn> edn = ParseEdn(Read(directory + "/results.edn"));
    REQUIRE(edn.ok());
    const absl::StatusOr<Json> results = ToJson(*edn);
    REQUIRE(results.ok());
    std::set<std::string> got, expected;
    const Json judged = Judge(workload, *history, false);
    for (const auto& [name, value] : judged.AsObject()) got.insert(name);
    for (const auto& [name, value] : results->Find("workload")->AsObject()) expected.insert(name);
    CHECK(got == expected);
  }
}

}  // namespace
}  // namespace gyre
