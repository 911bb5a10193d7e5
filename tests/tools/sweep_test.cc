#include <doctest/doctest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tests/tools/golden.h"
#include "tools/cores.h"
#include "tools/sweep_coverage.h"
#include "tools/sweep_pool.h"
#include "tools/sweep_record.h"
#include "tools/sweep_report.h"

namespace gyre {
namespace {

SweepOutcome Outcome(uint64_t seed, ExitStatus status, std::string anomaly, std::string text) {
  SweepOutcome outcome;
  outcome.seed = seed;
  outcome.status = status;
  outcome.summary.seed = seed;
  outcome.summary.valid = status == ExitStatus::kValid     ? Validity::kValid
                          : status == ExitStatus::kInvalid ? Validity::kInvalid
                                                           : Validity::kUnknown;
  outcome.summary.anomaly = std::move(anomaly);
  outcome.summary.wall_seconds = 0.25;
  outcome.text = std::move(text);
  outcome.replay = Concat("gyre replay store/echo/", seed);
  return outcome;
}

TEST_CASE("a sweep's reports") {
  SweepReport report(true);
  CHECK(report.Summary() == "\n0 seeds: none ended; 0 run twice\n");
  const SweepOutcome outcomes[] = {
      Outcome(1, ExitStatus::kValid, "", ""),
      Outcome(4, ExitStatus::kInvalid, "lost", "Element 4 was lost"),
      Outcome(3, ExitStatus::kInvalid, "lost", "Element 3 <was> lost\x1b[2J"),
      Outcome(5, ExitStatus::kNotReproduced, "", "The first difference is record 9"),
      Outcome(6, ExitStatus::kBug, "", "the simulation ended with status 255; its message is above"),
      Outcome(7, ExitStatus::kUnknown, "", ""),
  };
  std::string text;
  for (const SweepOutcome& outcome : outcomes) {
    report.Add(outcome);
    if (IsFailure(outcome)) text += FormatFailure(outcome);
  }
  CHECK(report.count() == 6);
  CHECK(report.failures() == 5);
  CHECK(report.GroupSize(outcomes[1]) == 2);
  CHECK(report.status() == ExitStatus::kBug);
  CheckGolden("sweep.txt", Concat(text, report.Summary(), "\n", report.JUnit("echo"), "\n",
                                  report.GithubAnnotations("echo"), "\n", ToJsonLine(outcomes[2])));
}

TEST_CASE("what a sweep covered does not depend on the order in which its seeds ended") {
  // Of 250 seeds: one pair in all, one in a single early seed, one in seed 151 and later; loss in every third.
  const auto of = [](uint64_t seed) {
    Coverage coverage{{{"a", "b"}}, {}};
    if (seed == 60) coverage.pairs.push_back({"b\x1b", "a"});
    if (seed > 150 && seed % 50 == 1) coverage.pairs.push_back({"c", "a"});
    if (seed % 3 == 0) coverage.faults = {"kill one", "loss"};
    return coverage;
  };
  for (const uint64_t step : {1, 7, 249}) {
    SweepCoverage coverage;
    for (uint64_t i = 0; i < 250; ++i) coverage.Add(i * step % 250 + 1, of(i * step % 250 + 1));
    CHECK(coverage.Text() ==
          "3 pairs of message types (1 new in the last 100 seeds), faults: kill (1 kind), loss");
    CHECK(coverage.Unseen() == "");
    coverage.Expect({"kill all", "kill one", "loss", "pause one"});
    CHECK(coverage.Text() ==
          "3 pairs of message types (1 new in the last 100 seeds), faults: kill (1 of 2 kinds), loss");
    CHECK(coverage.Unseen() == "kill all, pause one");
    CHECK(coverage.Table() ==
          "   seeds  for instance\n"
          "       1            60  b\\x1b, then a\n"
          "       2           151  c, then a\n"
          "      83             3  fault: kill one\n"
          "      83             3  fault: loss\n"
          "     250             1  a, then b\n");
  }
}

TEST_CASE("coverage of few seeds, and of none") {
  SweepCoverage coverage;
  CHECK(coverage.Text() == "");
  coverage.Add(1, {});
  CHECK(coverage.Text() == "");
  coverage.Add(2, {{{"a", "b"}}, {}});
  CHECK(coverage.Text() == "1 pair of message types");
  coverage.Expect({});
  CHECK(coverage.Text() == "1 pair of message types");
  coverage.Expect({"loss"});
  CHECK(coverage.Text() == "1 pair of message types, no faults");
  SweepReport report(false);
  report.coverage().Expect({"loss", "wipe"});
  CHECK(report.Summary() == "\n0 seeds: none ended; 0 run twice\n");
  SweepOutcome outcome = Outcome(1, ExitStatus::kValid, "", "");
  outcome.summary.coverage = {{{"a", "b"}, {"b", "b"}}, {"wipe"}};
  report.Add(outcome);
  CHECK(report.Progress() == "0 failures in 0 groups; 2 pairs of message types, faults: wipe");
  CHECK(report.Summary() ==
        "\n1 seed: 1 valid; 0 run twice\n2 pairs of message types, faults: wipe\nfaults that no seed had: loss\n");
}

TEST_CASE("the faults that a configuration may have") {
  RunConfig config;
  CHECK(PossibleFaults(config).empty());
  config.network.loss = Ratio{1, 20};
  config.nemesis = {{"kill", "partition"}, Seconds(1), {"bridge", "one"}, "wiped"};
  CHECK(PossibleFaults(config) == std::vector<std::string>{"kill all", "kill majority", "kill minority", "kill one",
                                                           "loss", "partition bridge", "partition one", "wipe"});
}

TEST_CASE("a sweep's record in the store") {
  const TemporaryDirectory directory;
  const std::string store = directory.path();
  SweepOutcome stored = Outcome(4, ExitStatus::kInvalid, "lost", "Element 4 was lost");
  stored.summary.store = store + "/echo/20300101T120000-4-abcdef";
  stored.replay = "gyre replay it";
  const SweepOutcome outcomes[] = {Outcome(1, ExitStatus::kValid, "", ""), stored,
                                   Outcome(6, ExitStatus::kBug, "", "the simulation ended with status 255")};
  // Of two in one second each has a file of its own.
  for (int i = 0; i < 2; ++i) {
    const auto record = SweepRecord::Create(store, "echo", {1, 9}, "gyre sweep -w echo --seeds 1-9");
    REQUIRE(record.ok());
    for (const SweepOutcome& outcome : outcomes) REQUIRE((*record)->Add(outcome).ok());
  }
  const std::vector<std::string> names = *ListDirectory(store + "/sweeps");
  REQUIRE(names.size() == 2);
  for (const std::string& name : names) {
    CHECK(name.find("-echo") == 15);
    CHECK(*ReadFile(store + "/sweeps/" + name) ==
          R"({"gyre-sweep":1,"workload":"echo","first":1,"last":9,"command":"gyre sweep -w echo --seeds 1-9"})"
          "\n"
          R"({"seed":1,"state":"valid"})"
          "\n"
          R"({"seed":4,"state":"invalid","group":"lost","text":"Element 4 was lost","replay":"gyre replay it",)"
          R"("run":"echo/20300101T120000-4-abcdef"})"
          "\n"
          R"({"seed":6,"state":"broken","group":"internal-error","text":"the simulation ended with status 255",)"
          R"("replay":"gyre replay store/echo/6"})"
          "\n");
  }
  REQUIRE(WriteFileAtomically(store + "/file", "").ok());
  const absl::Status refused = SweepRecord::Create(store + "/file", "echo", {1, 9}, "").status();
  CHECK(refused.message().find("The run cannot be stored: ") == 0);
}

TEST_CASE("an annotation is one command, whatever a node printed") {
  SweepReport report(true);
  report.Add(Outcome(8, ExitStatus::kInvalid, "lost,a::b", "100% of it\n::error::and more\r\n##[error]x"));
  const std::string text = report.GithubAnnotations("echo");
  CHECK(text ==
        "::error title=gyre echo%3A lost%2Ca%3A%3Ab::seed 8: 100%25 of it%0A::error::and more\\r%0A##[error]x%0A"
        "Replay: gyre replay store/echo/8\n");
}

TEST_CASE("children: lines come back, one that dies costs its seed only") {
  SweepPool pool(2, [](uint64_t seed, int core) -> std::string {
    if (seed == 3) _exit(255);
    if (seed == 4) kill(getpid(), SIGKILL);
    return seed == 5 ? std::string(300'000, 'x') : Concat("seed ", seed, core >= 0 ? "" : " nowhere");
  });
  std::set<std::string> seen;
  uint64_t next = 1;
  while (next <= 6 || !pool.idle()) {
    if (next <= 6 && !pool.full()) {
      REQUIRE(pool.Start(next++).ok());
      continue;
    }
    SweepPool::Ended ended;
    REQUIRE(pool.WaitOne(&ended));
    seen.insert(Concat(ended.seed, ": ", ended.line.substr(0, 10), " of ", ended.line.size(), ", ", ended.wait_status));
  }
  CHECK(seen == std::set<std::string>{"1: seed 1 of 6, 0", "2: seed 2 of 6, 0", Concat("3:  of 0, ", 255 << 8),
                                      "4:  of 0, 9", "5: xxxxxxxxxx of 300000, 0", "6: seed 6 of 6, 0"});
}

TEST_CASE("a simulation is on the core of its sweep, and the next beside it on another") {
  const std::vector<int> cores = AllowedCores();
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  for (const int core : cores) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    SweepPool pool(cores.size(), [](uint64_t, int on) { return Concat(on); });
    std::set<std::string> seen;
    REQUIRE(pool.Start(1).ok());
    for (uint64_t seed = 2; seed <= cores.size(); ++seed) REQUIRE(pool.Start(seed).ok());
    while (!pool.idle()) {
      SweepPool::Ended ended;
      REQUIRE(pool.WaitOne(&ended));
      if (ended.seed == 1) CHECK(ended.line == Concat(core));
      seen.insert(ended.line);
    }
    CHECK(seen.size() == cores.size());
  }
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}

TEST_CASE("what still runs is killed with the pool") {
  std::vector<pid_t> pids;
  {
    SweepPool pool(AllowedCores().size(), [](uint64_t, int) -> std::string {
      pause();
      return "";
    });
    REQUIRE(pool.Start(1).ok());
    pids = pool.Running();
  }
  REQUIRE(pids.size() == 1);
  CHECK(kill(pids[0], 0) != 0);
}

}  // namespace
}  // namespace gyre
