#include "sim/fault_plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/sim/tiny_run.h"

namespace gyre {
namespace {

const std::vector<std::string> kNodes{"n1", "n2", "n3", "n4", "n5"};

TEST_CASE("partitions begin and end in turn, from 0 until the limit, twice the interval apart at most") {
  std::set<std::string> kinds;
  int64_t total = 0;
  size_t count = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<Fault> plan = PlanPartitions(seed, kNodes, {Seconds(2), {}}, Seconds(60));
    REQUIRE(!plan.empty());
    CHECK(plan[0].at == Duration());
    for (size_t i = 0; i < plan.size(); ++i) {
      CHECK((plan[i].type == FaultType::kStartPartition) == (i % 2 == 0));
      CHECK(plan[i].at < Seconds(60));
      if (i > 0) CHECK(plan[i].at > plan[i - 1].at);
      if (i > 0) CHECK(plan[i].at - plan[i - 1].at < Seconds(4));
      if (i % 2 == 0) kinds.insert(plan[i].kind);
    }
    total += plan.back().at.ns();
    count += plan.size() - 1;
  }
  CHECK(kinds == std::set<std::string>{"majorities-ring", "majority", "minority-third", "one"});
  CHECK(total / static_cast<int64_t>(count) > Milliseconds(1900).ns());
  CHECK(total / static_cast<int64_t>(count) < Milliseconds(2100).ns());
}

TEST_CASE("a plan follows from its seed; a longer limit only adds; asked kinds come alone") {
  const std::vector<Fault> plan = PlanPartitions(7, kNodes, {Seconds(1), {}}, Seconds(20));
  CHECK(plan == PlanPartitions(7, kNodes, {Seconds(1), {}}, Seconds(20)));
  CHECK(plan != PlanPartitions(8, kNodes, {Seconds(1), {}}, Seconds(20)));
  const std::vector<Fault> longer = PlanPartitions(7, kNodes, {Seconds(1), {}}, Seconds(40));
  CHECK(std::equal(plan.begin(), plan.end(), longer.begin()));
  for (const Fault& fault : PlanPartitions(7, kNodes, {Seconds(1), {"bridge"}}, Seconds(20))) {
    if (fault.type == FaultType::kStartPartition) CHECK(fault.kind == "bridge");
  }
  CHECK(PlanPartitions(7, kNodes, {Seconds(1), {}}, Duration()).empty());
  // An interval of nothing ends all the same.
  CHECK(PlanPartitions(7, kNodes, {Duration(), {}}, Milliseconds(1)).size() == 1000);
}

TEST_CASE("a fault as Json reads back equal; what is none is named") {
  for (const Fault& fault : PlanPartitions(7, kNodes, {Seconds(1), {}}, Seconds(20))) {
    CHECK(FaultFromJson(ToJson(fault), kNodes).value() == fault);
  }
  constexpr char kExpected[] =
      R"(; expected {"at": 0, "f": "start-partition", "kind": "one", "grudge": {"n1": ["n2"]}} or )"
      R"({"at": 0, "f": "stop-partition"})";
  const std::pair<const char*, const char*> kWrong[] = {
      {"7", R"(a fault has no "at" of nanoseconds from 0)"},
      {R"({"at": -1, "f": "stop-partition"})", R"(a fault has no "at" of nanoseconds from 0)"},
      {R"({"at": 1, "f": "melt"})", R"(a fault has no "f" that gyre knows)"},
      {R"({"at": 1, "f": "start-partition"})", R"(a fault has no "kind")"},
      {R"({"at": 1, "f": "start-partition", "kind": "one"})", R"(a fault has no "grudge")"},
      {R"({"at": 1, "f": "start-partition", "kind": "one", "grudge": {"n1": ["n9"]}})",
       R"(a fault has a "grudge" that is not about the run's nodes)"},
      {R"({"at": 1, "f": "start-partition", "kind": "one", "grudge": {"n1": "n2"}})",
       R"(a fault has a "grudge" that is not about the run's nodes)"},
  };
  for (const auto& [text, error] : kWrong) {
    const absl::StatusOr<Fault> fault = FaultFromJson(ParseJson(text).value(), kNodes);
    REQUIRE_FALSE(fault.ok());
    CHECK(std::string(fault.status().message()) == std::string(error) + kExpected);
  }
}

// A run of two nodes that pass broadcasts on, cut from `from` to `to`.
TinyRun CutRun(Duration from, Duration to) {
  TinyRun run(2, [](uint32_t) { return std::make_unique<FloodNode>(); });
  run.load.generator = Some("broadcast", 10);
  run.load.final_generator = EachThread("final", Some("read", 1));
  Fault cut;
  cut.at = from;
  cut.kind = "one";
  cut.grudge = {{"n1", {"n2"}}, {"n2", {"n1"}}};
  Fault heal;
  heal.at = to;
  heal.type = FaultType::kStopPartition;
  run.config.faults = {cut, heal};
  run.keep_journal = true;
  return run;
}

size_t Count(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_CASE("a partition drops messages between servers, at their arrival, and heals before the final phase") {
  TinyRun run = CutRun(Duration(), Seconds(100));
  const SimulationResult result = run.Run();
  CHECK(result.reason == EndReason::kCompleted);
  // Each of the ten goes to the other node once, and is lost; clients are never cut.
  CHECK(Count(run.journal, " partition\n") == 10);
  CHECK(Count(run.journal, " fault ") == 2);
  CHECK(run.journal.find("phase main") < run.journal.find("stop-partition"));
  CHECK(run.journal.find("stop-partition") < run.journal.find("phase recovery"));
  const std::string history = ShowHistory(result.history);
  CHECK(history.starts_with("0 info -1 start-partition \"one\"\n"
                            "0 info -1 start-partition [\"isolated\",{\"n1\":[\"n2\"],\"n2\":[\"n1\"]}]\n"));
  CHECK(Count(history, "info -1 stop-partition null\n") == 1);
  CHECK(Count(history, "info -1 stop-partition \"network-healed\"\n") == 1);
  CHECK(Count(history, " fail ") + Count(history, "net-timeout") == 0);
}

TEST_CASE("a partition ends when its plan says, and the run is the same twice") {
  TinyRun run = CutRun(Milliseconds(200), Milliseconds(500));
  const SimulationResult result = run.Run();
  TinyRun again = CutRun(Milliseconds(200), Milliseconds(500));
  CHECK(result.digest == again.Run().digest);
  CHECK(run.journal == again.journal);
  const size_t dropped = Count(run.journal, " partition\n");
  CHECK(dropped > 0);
  CHECK(dropped < 10);
  CHECK(Count(run.journal, " fault ") == 3);  // and the healing before the final phase
}

}  // namespace
}  // namespace gyre
