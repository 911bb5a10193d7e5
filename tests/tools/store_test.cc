#include "tools/store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tests/tools/golden.h"
#include "tools/run/run_files.h"

namespace gyre {
namespace {

TEST_CASE("a run appears under its name at once, whole, and latest points to it") {
  const TemporaryDirectory directory;
  const std::string store = directory.path() + "/store";
  absl::StatusOr<StoreEntry> entry = StoreEntry::Create(store, "echo");
  REQUIRE(entry.ok());
  REQUIRE(WriteFileAtomically(entry->path() + "/file", "text").ok());
  CHECK(absl::StartsWith(entry->path(), store + "/echo/.partial-"));
  const absl::StatusOr<std::string> path = entry->Commit(42);
  REQUIRE(path.ok());
  CHECK(absl::StartsWith(*path, store + "/echo/2"));
  CHECK(absl::StrContains(*path, "-42-"));
  CHECK(*ReadFile(*path + "/file") == "text");
  CHECK(ListDirectory(store + "/echo")->size() == 1);
  REQUIRE(PointLatest(store, *path).ok());
  CHECK(*ReadFile(store + "/latest/file") == "text");

  // A second run of the same seed in the same second has another name; latest follows only when told.
  absl::StatusOr<StoreEntry> second = StoreEntry::Create(store, "echo");
  REQUIRE(second.ok());
  const absl::StatusOr<std::string> second_path = second->Commit(42);
  REQUIRE(second_path.ok());
  CHECK(*second_path != *path);
  CHECK(Exists(store + "/latest/file"));
  REQUIRE(PointLatest(store, *second_path).ok());
  CHECK_FALSE(Exists(store + "/latest/file"));
}

TEST_CASE("what is not committed is gone, also what a killed gyre left") {
  const TemporaryDirectory directory;
  const std::string store = directory.path();
  {
    absl::StatusOr<StoreEntry> entry = StoreEntry::Create(store, "echo");
    REQUIRE(entry.ok());
    REQUIRE(WriteFileAtomically(entry->path() + "/file", "text").ok());
  }
  CHECK(ListDirectory(store + "/echo")->empty());
  // No process can have this id: pids end at 2^22.
  REQUIRE(MakeDirectories(store + "/echo/.partial-99999999-abcdef/node-logs").ok());
  const absl::StatusOr<StoreEntry> entry = StoreEntry::Create(store, "echo");
  CHECK(ListDirectory(store + "/echo")->size() == 1);
}

TEST_CASE("a place that cannot be written, in full text") {
  const TemporaryDirectory directory;
  REQUIRE(WriteFileAtomically(directory.path() + "/file", "").ok());
  const absl::StatusOr<StoreEntry> entry = StoreEntry::Create(directory.path() + "/file/store", "echo");
  REQUIRE_FALSE(entry.ok());
  CHECK(std::string(entry.status().message()) ==
        "The run cannot be stored: cannot make directory " + directory.path() +
            "/file: Not a directory; free some space or name another place with --store DIR.");
}

TEST_CASE("what is streamed while a run goes on") {
  const TemporaryDirectory directory;
  RunFiles files(directory.path(), {"n1", "n2"});
  files.Record({"delay", "00000000000000ff", 5, 7});
  files.Log(1, Instant(5), "one ");
  files.Log(1, Instant(5), std::string(40000, 'x'));
  files.Log(1, Instant(70), " end");
  REQUIRE(files.Close().ok());
  CHECK(ReadFile(directory.path() + "/node-logs/n1.log")->empty());
  CHECK_FALSE(Exists(directory.path() + "/node-logs/n1.times"));
  CHECK(*ReadFile(directory.path() + "/node-logs/n2.times") == "5 0\n5 4\n70 40004\n");
  CHECK(*ReadFile(directory.path() + "/node-logs/n2.log") == Concat("one ", std::string(40000, 'x'), " end"));
  CHECK(std::string(*ReadFile(directory.path() + "/decisions.jsonl")).size() > 10);
  CHECK(Exists(directory.path() + "/journal"));
}

TEST_CASE("a full disk costs the files, not the run") {
  struct stat status;
  if (stat("/dev/full", &status) != 0) {
    MESSAGE("SKIPPED: no /dev/full here");
    return;
  }
  const TemporaryDirectory directory;
  REQUIRE(MakeDirectories(directory.path() + "/node-logs").ok());
  REQUIRE(symlink("/dev/full", (directory.path() + "/node-logs/n1.log").c_str()) == 0);
  RunFiles files(directory.path(), {"n1"});
  files.Log(0, Instant(), "text");
  files.journal().Append({});
  CHECK(std::string(files.Close().message()) ==
        "cannot write " + directory.path() + "/node-logs/n1.log: No space left on device");
}

}  // namespace
}  // namespace gyre
