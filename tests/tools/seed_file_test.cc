#include "tools/seed_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "absl/strings/str_replace.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tests/tools/golden.h"

namespace gyre {
namespace {

// A run of a program in `place`, that one argument names a file of.
SeedFile Sample(const std::string& place) {
  SeedFile seed;
  seed.story = "Elements are lost when ...";
  seed.expect = {Validity::kInvalid, "lost"};
  RunRecord& record = seed.record;
  record.version = "0.1.0";
  record.config.workload = "broadcast";
  record.config.bin = place + "/node";
  record.config.args = {"-v", place + "/data", "/etc/passwd", "/nonexistent"};
  record.config.env = {{"HOME", "/tmp/gyre-node"}, {"PATH", getenv("PATH")}};
  record.config.overrides = {{"operation", "*", 0, 0}, {"operation", "00000000000000aa", 1, 0}};
  record.config.seed = 17;
  record.program = "00112233445566778899aabbccddeeff";
  record.result.seed = 17;
  record.result.valid = Validity::kInvalid;
  record.result.digest = "aa";
  record.result.anomaly = "lost";
  record.manifest = {{place + "/node", "dd"}, {"/usr/lib/libc.so.6", "ee"}};
  return seed;
}

TEST_CASE("a seed file may move with its program; what is the system's stays") {
  const TemporaryDirectory directory;
  const std::string here = directory.path();
  REQUIRE(MakeDirectories(here + "/a/seeds").ok());
  REQUIRE(WriteFileAtomically(here + "/a/data", "").ok());
  const SeedFile seed = Sample(here + "/a");
  const std::string path = here + "/a/seeds/x.json";
  REQUIRE(WriteFileAtomically(path, ToText(seed, path)).ok());
  CheckGolden("seed-file.json", ToText(seed, path));

  REQUIRE(MakeDirectories(here + "/b/seeds").ok());
  REQUIRE(WriteFileAtomically(here + "/b/seeds/x.json", ToText(seed, path)).ok());
  for (const char* place : {"/a", "/b"}) {
    CAPTURE(place);
    const absl::StatusOr<SeedFile> again = ReadSeedFile(Concat(here, place, "/seeds/x.json"));
    REQUIRE_MESSAGE(again.ok(), std::string(again.status().message()));
    SeedFile expected = Sample(here + place);
    std::sort(expected.record.manifest.begin(), expected.record.manifest.end());
    CHECK(ToText(again->record) == ToText(expected.record));
    CHECK(again->expect == expected.expect);
    CHECK(again->story == expected.story);
  }
}

TEST_CASE("another caller's PATH takes the place of the recorded one") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/x.json";
  REQUIRE(WriteFileAtomically(path, ToText(Sample("/nowhere"), path)).ok());
  const std::string mine = getenv("PATH");
  setenv("PATH", "/elsewhere", 1);
  const absl::StatusOr<SeedFile> seed = ReadSeedFile(path);
  setenv("PATH", mine.c_str(), 1);
  REQUIRE(seed.ok());
  CHECK(seed->record.config.env.back() == std::pair<std::string, std::string>("PATH", "/elsewhere"));
}

TEST_CASE("what is no seed file, in full text") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/x.json";
  const std::string whole = ToText(Sample("/nowhere"), path);
  const auto with = [&](const char* from, const char* to) { return absl::StrReplaceAll(whole, {{from, to}}); };
  const std::string expectation = R"(it has no "expect" such as {"valid": false, "anomaly": "lost"})";
  const std::pair<std::string, std::string> rows[] = {
      {"{}", "it has no story"},
      {"[]", "it has no story"},
      {with("\"story\"", "\"tale\""), "it has no story"},
      {with("\"expect\"", "\"expected\""), expectation},
      {with("\"expect\": {\n    \"valid\": false", "\"expect\": {\n    \"valid\": 0"), expectation},
      {with("\"format\": 1", "\"format\": 9"), "its format is 9, this gyre reads 1"},
      {with("\"bin\"", "\"bun\""), "the config of run.json lacks 'bin'"},
      {with("\"args\"", "\"arts\""), "the config of run.json has 'arts', which this gyre does not know"},
      {with("\"result\"", "\"other\""), "a member is missing"},
  };
  for (const auto& [text, why] : rows) {
    CAPTURE(why);
    REQUIRE(WriteFileAtomically(path, text).ok());
    CHECK(std::string(ReadSeedFile(path).status().message()) ==
          Concat(path, " cannot be read: ", why, "; name a file that `gyre save` of gyre 0.1.0 wrote."));
  }
  CHECK(std::string(ReadSeedFile("/nonexistent").status().message()) ==
        "cannot open /nonexistent: No such file or directory; name a file that `gyre save` wrote.");
  CHECK(std::string(SeedFilesIn("/proc/self/task").status().message()) ==
        "There is neither a stored run nor a seed file in /proc/self/task: name a directory of the store, or one with "
        "files that `gyre save` wrote.");
}

TEST_CASE("what is expected, in words") {
  CHECK(ToString(SeedExpectation{Validity::kValid, ""}) == "valid");
  CHECK(ToString(SeedExpectation{Validity::kInvalid, "lost"}) == "invalid (lost)");
  CHECK(ToString(SeedExpectation{Validity::kUnknown, "unknown"}) == "unknown");
}

}  // namespace
}  // namespace gyre
