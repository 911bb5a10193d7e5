// The file of a run's system calls: what is written is read, and what is damaged is refused.
#include <doctest/doctest.h>

#include <sys/syscall.h>

#include <cstdint>
#include <limits>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/call_file.h"
#include "tools/comparison.h"
#include "tools/store.h"

namespace gyre {
namespace {

constexpr uint64_t kReturns = uint64_t{2} << 56;  // an outcome's kind

std::vector<NodeReport> Reports() {
  std::vector<NodeReport> nodes(3);
  nodes[0].name = "n1";
  nodes[0].call_log = {{0, 0, SYS_openat, 0},
                       {1'000'000'123, 7, SYS_futex, kReturns ^ static_cast<uint64_t>(int64_t{-110})},
                       {1'000'000'123, 0, kSignalCall + 17, 0},
                       {5, 300, SYS_wait4, kReturns ^ 0x7fff'ffff'ffff},
                       {std::numeric_limits<int64_t>::max(), 0, SYS_read, ~uint64_t{0}},
                       {std::numeric_limits<int64_t>::min(), UINT32_MAX, UINT32_MAX, uint64_t{1} << 63}};
  nodes[1].name = "";
  nodes[2].name = "a node of another name";
  nodes[2].call_log.assign(kMostRecordedCalls + 5, {1, 2, SYS_sched_yield, 4});
  return nodes;
}

TEST_CASE("calls are read as they were written, up to the limit") {
  const auto scratch = ScratchDirectory::Create("gyre-calls-");
  REQUIRE(scratch.ok());
  const std::string path = Concat(scratch->path(), "/calls");
  const std::vector<NodeReport> written = Reports();
  REQUIRE(WriteCalls(path, written).ok());
  const auto read = ReadCalls(path);
  REQUIRE(read.ok());
  REQUIRE(read->size() == written.size());
  for (size_t i = 0; i < written.size(); ++i) {
    CHECK((*read)[i].node == written[i].name);
    std::vector<LoggedCall> expected = written[i].call_log;
    if (expected.size() > kMostRecordedCalls) expected.resize(kMostRecordedCalls);
    CHECK((*read)[i].calls == expected);
    for (size_t k = 0; k < expected.size(); ++k) CHECK((*read)[i].calls[k].time == expected[k].time);
  }
}

TEST_CASE("a damaged file of calls is refused in a sentence, wherever it ends") {
  const auto scratch = ScratchDirectory::Create("gyre-calls-");
  REQUIRE(scratch.ok());
  const std::string path = Concat(scratch->path(), "/calls");
  std::vector<NodeReport> nodes = Reports();
  nodes.resize(1);
  REQUIRE(WriteCalls(path, nodes).ok());
  const std::string whole = *ReadFile(path);
  const size_t head = whole.find('\n') + 1;
  for (size_t size = head + 1; size < whole.size(); ++size) {
    REQUIRE(WriteFileAtomically(path, whole.substr(0, size)).ok());
    CHECK_FALSE(ReadCalls(path).ok());
  }
  REQUIRE(WriteFileAtomically(path, whole.substr(0, head + 3)).ok());
  CHECK(ReadCalls(path).status().message() == Concat(path, " is damaged, 16 bytes from its start."));
  REQUIRE(WriteFileAtomically(path, "gyre calls 2\n").ok());
  CHECK(ReadCalls(path).status().message() ==
        Concat(path, " is not a file of system calls of this version of gyre."));
}

TEST_CASE("two stored runs: the first system call that differs is named") {
  const auto scratch = ScratchDirectory::Create("gyre-calls-");
  REQUIRE(scratch.ok());
  std::vector<NodeReport> nodes(2);
  nodes[0].name = "n1";
  nodes[1].name = "n2";
  nodes[0].call_log = nodes[1].call_log = {{1000, 0, SYS_openat, 0}, {2'500'000, 3, SYS_getrandom, kReturns ^ 8}};
  for (const char* name : {"a", "b"}) {
    const std::string directory = Concat(scratch->path(), "/", name);
    REQUIRE(MakeDirectories(directory).ok());
    REQUIRE(WriteCalls(Concat(directory, "/", kCallFile), nodes).ok());
    nodes[1].call_log[1].outcome = kReturns ^ static_cast<uint64_t>(int64_t{-22});
  }
  RunRecord a;
  a.result.digest = "dd";
  a.result.call_digest = "x";
  a.nodes = {{"n1", "aa", 1, 2}, {"n2", "bb", 1, 2}};
  RunRecord b = a;
  b.result.call_digest = "y";
  b.nodes[1].call_digest = "cc";
  const std::string left = Concat(scratch->path(), "/a"), right = Concat(scratch->path(), "/b");
  const std::string node = "The first node whose system calls differ is n2:\n"
                           "  recorded  bb, 2 calls\n  replayed  cc, 2 calls\n";
  CHECK(Compare(ComparedIn("recorded", a, left), ComparedIn("replayed", b, right)).text ==
        node + "The first of them that differs is number 2:\n"
               "  recorded  at 0.0025s thread 3: getrandom, answered with 8\n"
               "  replayed  at 0.0025s thread 3: getrandom, answered with -22\n");
  // A run that was stored without its calls.
  CHECK(Compare(ComparedIn("recorded", a, scratch->path()), ComparedIn("replayed", b, right)).text == node);
}

}  // namespace
}  // namespace gyre
