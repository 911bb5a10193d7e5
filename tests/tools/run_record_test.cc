#include "tools/run_record.h"

#include <doctest/doctest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tests/tools/golden.h"

namespace gyre {
namespace {

RunRecord Sample() {
  RunRecord record;
  record.version = "0.1.0";
  record.config.workload = "broadcast";
  record.config.bin = "/opt/node";
  record.config.args = {"-v"};
  record.config.env = {{"HOME", "/tmp/gyre-node"}, {"PATH", "/bin"}};
  record.config.seed = 17;
  record.program = "00112233445566778899aabbccddeeff";
  record.result.seed = 17;
  record.result.valid = Validity::kInvalid;
  record.result.digest = "aa";
  record.result.call_digest = "bb";
  record.result.virtual_time = Milliseconds(30500);
  record.result.wall_seconds = 1.5;
  record.result.operations = 100;
  record.result.messages = 512;
  record.result.anomaly = "lost";
  record.result.text = "element 5";
  record.nodes = {{"n1", "cc", 10, 20}};
  record.manifest = {{"/opt/node", "dd"}, {"/usr/lib/libc.so.6", "ee"}};
  return record;
}

TEST_CASE("run.json reads back equal") {
  const TemporaryDirectory directory;
  const RunRecord record = Sample();
  REQUIRE(WriteFileAtomically(directory.path() + "/run.json", ToText(record)).ok());
  const absl::StatusOr<RunRecord> again = ReadRecord(directory.path());
  REQUIRE_MESSAGE(again.ok(), std::string(again.status().message()));
  RunRecord same = *again;
  CHECK(same.result.store == directory.path());
  same.result.store.clear();
  CHECK(ToText(same) == ToText(record));
  CHECK(again->result.virtual_time == record.result.virtual_time);
  CHECK(again->manifest == record.manifest);
  CheckGolden("run.json", ToText(record));
}

TEST_CASE("what is no run, in full text") {
  const TemporaryDirectory directory;
  struct Row {
    const char* text;
    const char* why;
  };
  const std::string whole = ToText(Sample());
  const std::string newer = absl::StrReplaceAll(whole, {{"\"format\":1", "\"format\":9"}});
  const std::string no_result = absl::StrReplaceAll(whole, {{"\"result\"", "\"other\""}});
  const Row rows[] = {
      {"{}", "it has no format number"},
      {newer.c_str(), "its format is 9, this gyre reads 1"},
      {no_result.c_str(), "a member is missing"},
  };
  const std::string path = directory.path() + "/run.json";
  for (const Row& row : rows) {
    REQUIRE(WriteFileAtomically(path, row.text).ok());
    const absl::StatusOr<RunRecord> record = ReadRecord(directory.path());
    REQUIRE_FALSE(record.ok());
    CHECK(std::string(record.status().message()) ==
          Concat(path, " cannot be read: ", row.why, "; name the directory of a run that gyre 0.1.0 stored."));
  }
  CHECK(std::string(ReadRecord("/nonexistent").status().message()) ==
        "There is no stored run in /nonexistent: cannot open /nonexistent/run.json: No such file or directory.");
}

}  // namespace
}  // namespace gyre
