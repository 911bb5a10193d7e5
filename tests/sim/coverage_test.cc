#include "sim/coverage.h"

#include <doctest/doctest.h>

#include <set>

#include "absl/strings/str_split.h"
#include "sim/base/concat.h"
#include "tests/sim/tiny_run.h"

namespace gyre {
namespace {

// "a-b b-c": what came behind what.
std::string Show(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text;
  for (const auto& [first, second] : pairs) text += Concat(text.empty() ? "" : " ", first, "-", second);
  return text;
}

// "0a 1b 0!": node 0 takes a message of type a, node 1 one of type b, node 0 starts anew.
std::string PairsOf(std::string_view events) {
  DeliveryPairs pairs(3);
  for (const absl::string_view event : absl::StrSplit(ToAbsl(events), ' ')) {
    const size_t node = static_cast<size_t>(event[0] - '0');
    if (event.substr(1) == "!") pairs.Forget(node);
    else pairs.Take(node, ToStd(event.substr(1)));
  }
  return Show(pairs.Sorted());
}

TEST_CASE("a pair is two messages that a node took one behind the other") {
  const std::pair<const char*, const char*> kRows[] = {
      {"0a", ""},
      {"0a 0b", "a-b"},
      {"0a 0a", "a-a"},
      {"0b 0a 0b", "a-b b-a"},
      {"0a 0b 0a 0b 0c", "a-b b-a b-c"},
      {"0a 1b", ""},               // at another node
      {"0a 1b 0c 1d", "a-c b-d"},  // each node has its own last
      {"0a 0! 0b", ""},            // no incarnation sees what another took
      {"0a 1b 0! 0c 1d", "b-d"},
      {"0 0a 0", "(other)-a a-(other)"},  // bodies without a type
  };
  for (const auto& [events, expected] : kRows) {
    CAPTURE(events);
    CHECK(PairsOf(events) == expected);
  }
}

// The naive way: all types and all pairs by name.
TEST_CASE("pairs agree with a set of names, on random orders") {
  for (uint64_t round = 0; round < 200; ++round) {
    Draw draw(1, "coverage", round);
    DeliveryPairs pairs(3);
    std::set<std::pair<std::string, std::string>> expected;
    std::string last[3];
    for (uint64_t count = draw.Below(60); count > 0; --count) {
      const size_t node = draw.Below(3);
      if (draw.Below(10) == 0) {
        pairs.Forget(node);
        last[node].clear();
        continue;
      }
      const std::string type = Concat("t", draw.Below(12));
      if (!last[node].empty()) expected.emplace(last[node], type);
      last[node] = type;
      pairs.Take(node, type);
    }
    CHECK(Show(pairs.Sorted()) == Show({expected.begin(), expected.end()}));
  }
}

TEST_CASE("a program that makes up types has 255 of them, and the rest together") {
  DeliveryPairs pairs(1);
  for (int i = 0; i < 100'000; ++i) pairs.Take(0, Concat("t", i));
  // t0-t1 to t253-t254, from the last to the others, and the others among themselves.
  CHECK(pairs.Sorted().size() == 254 + 2);
  CHECK(Show(pairs.Sorted()).starts_with("(other)-(other) t0-t1 t1-t2 "));
}

TEST_CASE("coverage as Json reads back equal; what is none is refused") {
  const Coverage coverages[] = {{},
                                {{{"a", "b"}, {"a", "c"}, {"c", "a"}, {"c", "c"}}, {"kill one", "loss"}},
                                {{}, {"wipe"}}};
  for (const Coverage& coverage : coverages) CHECK(CoverageFromJson(ToJson(coverage)).value() == coverage);
  CHECK(ToJson(coverages[1]).Dump() ==
        R"({"types":["a","b","c"],"next":[[1,2],[],[0,2]],"faults":["kill one","loss"]})");
  const char* const kWrong[] = {"7", "{}", R"({"types":[],"next":[]})", R"({"types":["a"],"next":[],"faults":[]})",
                                R"({"types":["a"],"next":[[1]],"faults":[]})",
                                R"({"types":["a"],"next":[[-1]],"faults":[]})",
                                R"({"types":["a"],"next":[["a"]],"faults":[]})",
                                R"({"types":["a"],"next":[0],"faults":[]})", R"({"types":[1],"next":[[]],"faults":[]})",
                                R"({"types":[],"next":[],"faults":[1]})"};
  for (const char* text : kWrong) {
    CAPTURE(text);
    CHECK(CoverageFromJson(ParseJson(text).value()).status().message() == "its \"coverage\" is none");
  }
}

TEST_CASE("what a run covers") {
  TinyRun run(2, [](uint32_t) { return std::make_unique<FloodNode>(); });
  run.load.generator = Some("broadcast", 5);
  const SimulationResult quiet = run.Run();
  CHECK(Show(quiet.coverage.pairs) == "broadcast-gossip gossip-broadcast init-broadcast init-gossip");
  CHECK(quiet.coverage.faults.empty());

  TinyRun lossy(2, [](uint32_t) { return std::make_unique<FloodNode>(); });
  lossy.load.generator = Some("broadcast", 5);
  lossy.config.network.loss = Ratio{1, 1};
  const SimulationResult lost = lossy.Run();
  CHECK(Show(lost.coverage.pairs) == "broadcast-broadcast init-broadcast");
  CHECK(lost.coverage.faults == std::vector<std::string>{"loss"});
}

TEST_CASE("a partition that keeps nothing back is none") {
  TinyRun run(2, [](uint32_t) { return std::make_unique<EchoNode>(); });
  Fault cut;
  cut.kind = "one";
  cut.grudge = {{"n1", {"n2"}}, {"n2", {"n1"}}};
  run.config.faults = {cut};
  run.keep_journal = true;
  const SimulationResult result = run.Run();
  CHECK(run.journal.find("start-partition") != std::string::npos);
  CHECK(result.coverage.faults.empty());
}

TEST_CASE("the names of the faults that a plan may have are those of the faults that it has") {
  const std::vector<std::string> nodes{"n1", "n2", "n3", "n4", "n5"};
  const NemesisOptions kOptions[] = {{{}, Seconds(1), {}, "either"},
                                     {{"kill", "partition", "pause"}, Seconds(1), {}, "either"},
                                     {{"kill"}, Seconds(1), {}, "kept"},
                                     {{"pause", "partition"}, Seconds(1), {"bridge", "one"}, "wiped"}};
  for (const NemesisOptions& options : kOptions) {
    std::set<std::string> planned;
    for (uint64_t seed = 0; seed < 50; ++seed) {
      for (const Fault& fault : PlanFaults(seed, nodes, options, Seconds(20))) planned.insert(FaultName(fault));
    }
    planned.erase("");
    const std::vector<std::string> names = FaultNames(options);
    CHECK(names == std::vector<std::string>(planned.begin(), planned.end()));
  }
}

}  // namespace
}  // namespace gyre
