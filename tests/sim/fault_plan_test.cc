#include "sim/fault_plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tests/sim/tiny_run.h"

namespace gyre {
namespace {

const std::vector<std::string> kNodes{"n1", "n2", "n3", "n4", "n5"};

NemesisOptions Partitions(Duration interval, std::vector<std::string> kinds = {}) {
  return {{"partition"}, interval, std::move(kinds), "kept"};
}

TEST_CASE("partitions begin and end in turn, from 0 until the limit, twice the interval apart at most") {
  std::set<std::string> kinds;
  int64_t total = 0;
  size_t count = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<Fault> plan = PlanFaults(seed, kNodes, Partitions(Seconds(2)), Seconds(60));
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
  const std::vector<Fault> plan = PlanFaults(7, kNodes, Partitions(Seconds(1)), Seconds(20));
  CHECK(plan == PlanFaults(7, kNodes, Partitions(Seconds(1)), Seconds(20)));
  CHECK(plan != PlanFaults(8, kNodes, Partitions(Seconds(1)), Seconds(20)));
  const std::vector<Fault> longer = PlanFaults(7, kNodes, Partitions(Seconds(1)), Seconds(40));
  CHECK(std::equal(plan.begin(), plan.end(), longer.begin()));
  for (const Fault& fault : PlanFaults(7, kNodes, Partitions(Seconds(1), {"bridge"}), Seconds(20))) {
    if (fault.type == FaultType::kStartPartition) CHECK(fault.kind == "bridge");
  }
  CHECK(PlanFaults(7, kNodes, Partitions(Seconds(1)), Duration()).empty());
  // An interval of nothing ends all the same.
  CHECK(PlanFaults(7, kNodes, Partitions(Duration()), Milliseconds(1)).size() == 1000);
}

TEST_CASE("kills and pauses begin and end in turn, for some of the nodes; one nemesis does not move another") {
  const NemesisOptions all{{"kill", "partition", "pause"}, Seconds(2), {}, "either"};
  std::set<std::pair<std::string, size_t>> choices;
  std::set<Files> files;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<Fault> plan = PlanFaults(seed, kNodes, all, Seconds(60));
    std::map<std::string, std::vector<Fault>> by_nemesis;
    for (size_t i = 0; i < plan.size(); ++i) {
      if (i > 0) CHECK(plan[i].at >= plan[i - 1].at);
      for (const Nemesis& nemesis : Nemeses()) {
        if (plan[i].type == nemesis.begins || plan[i].type == nemesis.ends) by_nemesis[nemesis.name].push_back(plan[i]);
      }
      if (plan[i].type == FaultType::kKill || plan[i].type == FaultType::kPause) {
        choices.emplace(plan[i].kind, plan[i].nodes.size());
        CHECK(std::is_sorted(plan[i].nodes.begin(), plan[i].nodes.end()));
        CHECK(std::set<std::string>(plan[i].nodes.begin(), plan[i].nodes.end()).size() == plan[i].nodes.size());
      }
      if (plan[i].type == FaultType::kStart) files.insert(plan[i].files);
    }
    for (const Nemesis& nemesis : Nemeses()) {
      const std::vector<Fault>& faults = by_nemesis[nemesis.name];
      for (size_t i = 0; i < faults.size(); ++i) {
        CHECK(faults[i].type == (i % 2 == 0 ? nemesis.begins : nemesis.ends));
      }
      NemesisOptions alone = all;
      alone.faults = {nemesis.name};
      CHECK(PlanFaults(seed, kNodes, alone, Seconds(60)) == faults);
    }
  }
  CHECK(choices == std::set<std::pair<std::string, size_t>>{{"all", 5}, {"majority", 3}, {"minority", 2}, {"one", 1}});
  CHECK(files == std::set<Files>{Files::kEmpty, Files::kKept});
  for (const NodeChoice& choice : NodeChoices()) {
    for (size_t nodes = 1; nodes < 9; ++nodes) {
      CHECK(choice.count(nodes) >= 1);
      CHECK(choice.count(nodes) <= nodes);
    }
  }
}

TEST_CASE("a fault as Json reads back equal; what is none is named") {
  const NemesisOptions all{{"kill", "partition", "pause"}, Seconds(1), {}, "either"};
  for (const Fault& fault : PlanFaults(7, kNodes, all, Seconds(60))) {
    CHECK(FaultFromJson(ToJson(fault), kNodes).value() == fault);
  }
  constexpr char kExpected[] =
      R"(; expected {"at": 0, "f": "start-partition", "kind": "one", "grudge": {"n1": ["n2"]}}, )"
      R"({"at": 0, "f": "stop-partition"}, {"at": 0, "f": "kill", "kind": "one", "nodes": ["n1"]}, )"
      R"({"at": 0, "f": "start", "files": "kept"}, or the like of a kill and a start with "pause" and "resume")";
  const std::pair<const char*, const char*> kWrong[] = {
      {"7", R"(a fault has no "at" of nanoseconds from 0)"},
      {R"({"at": -1, "f": "stop-partition"})", R"(a fault has no "at" of nanoseconds from 0)"},
      {R"({"at": 1, "f": "melt"})", R"(a fault has no "f" that gyre knows)"},
      {R"({"at": 1, "f": "start-partition"})", R"(a fault has no "kind")"},
      {R"({"at": 1, "f": "kill", "nodes": ["n1"]})", R"(a fault has no "kind")"},
      {R"({"at": 1, "f": "kill", "kind": "one"})", R"(a fault has no "nodes" that are the run's)"},
      {R"({"at": 1, "f": "pause", "kind": "one", "nodes": ["n9"]})", R"(a fault has no "nodes" that are the run's)"},
      {R"({"at": 1, "f": "start", "files": "some"})", R"(a fault has no "files" that are kept or wiped)"},
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
  CHECK(result.coverage.faults == std::vector<std::string>{"partition one"});
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

// One node that counts its requests, and forgets them when it starts; `files` on disk that it does not.
class CountingNode : public TestNode {
 public:
  absl::Status Start(LocalInstant now, uint32_t incarnation, Files files) override {
    count_ = 0;
    if (files == Files::kEmpty) on_disk_ = 0;
    return TestNode::Start(now, incarnation, files);
  }
  void OnMessage(const std::string& src, const Json& body) override {
    Reply(src, body, Json::ObjectOf({{"type", "echo_ok"}, {"echo", absl::StrCat(++count_, "/", ++on_disk_)}}));
  }

 private:
  int count_ = 0;
  int on_disk_ = 0;
};

struct PlannedFault {
  Duration at;
  FaultType type;
  Files files = Files::kKept;
};

// Ten echoes to one node, a second apart, with those faults.
SimulationResult FaultyRun(TinyRun& run, std::initializer_list<PlannedFault> faults) {
  std::vector<GeneratorPtr> phases;
  for (int i = 0; i < 10; ++i) {
    phases.push_back(Repeat(absl::StrCat("echo", i), [i](uint64_t, const GeneratorContext&, Draw&) {
      return std::pair<Atom, Json>(Atom("echo"), Json(i));
    }, 1));
    phases.push_back(Sleep(Seconds(1)));
  }
  run.load.generator = Phases(std::move(phases));
  for (const PlannedFault& planned : faults) {
    Fault fault;
    fault.at = planned.at;
    fault.type = planned.type;
    fault.files = planned.files;
    if (fault.type == FaultType::kKill || fault.type == FaultType::kPause) {
      fault.kind = "one";
      fault.nodes = {"n1"};
    }
    run.config.faults.push_back(fault);
  }
  run.keep_journal = true;
  return run.Run();
}

TinyRun OneCountingNode() {
  return TinyRun(1, [](uint32_t) { return std::make_unique<CountingNode>(); });
}

TEST_CASE("a killed node answers nothing, starts as another incarnation with init, and finds its files or not") {
  TinyRun run = OneCountingNode();
  const SimulationResult result = FaultyRun(run, {{Milliseconds(2500), FaultType::kKill},
                                                  {Milliseconds(2600), FaultType::kKill},
                                                  {Milliseconds(8500), FaultType::kStart},
                                                  {Milliseconds(9500), FaultType::kKill},
                                                  {Milliseconds(9600), FaultType::kStart, Files::kEmpty}});
  CHECK(result.reason == EndReason::kCompleted);
  CHECK(result.findings.empty());
  CHECK(Count(run.journal, " node-down\n") == 1);
  CHECK(result.coverage.faults == std::vector<std::string>{"kill one", "wipe"});
  CHECK(Count(run.journal, " death n1 killed by the nemesis\n") == 2);
  CHECK(Count(run.journal, " start n1 0\n") == 1);
  CHECK(Count(run.journal, " start n1 1\n") == 1);
  CHECK(Count(run.journal, " start n1 2\n") == 1);
  CHECK(Count(run.journal, "\"type\":\"init\"") == 3);
  CHECK(Count(run.journal, "\"type\":\"init_ok\"") == 3);
  const std::string history = ShowHistory(result.history);
  CHECK(history.find("0 ok 0 echo \"1/1\"") != std::string::npos);
  CHECK(history.find("info -1 kill \"one\"\n2500 info -1 kill {\"n1\":\"killed\"}\n"
                     "2600 info -1 kill \"one\"\n2600 info -1 kill {}\n") != std::string::npos);
  CHECK(Count(history, "[\"net-timeout\"") + Count(history, "net-timeout") > 0);
  CHECK(history.find("start \"all\"\n8500 info -1 start {\"n1\":\"started\"}\n") != std::string::npos);
  CHECK(Count(history, "echo \"1/4\"") == 1);
  CHECK(history.find("start {\"n1\":\"started-empty\"}\n") != std::string::npos);
  CHECK(Count(history, "echo \"1/1\"") == 2);
}

TEST_CASE("a paused node answers after its pause; what it had read before, that much later") {
  TinyRun run = OneCountingNode();
  const SimulationResult result =
      FaultyRun(run, {{Milliseconds(2500), FaultType::kPause}, {Milliseconds(4700), FaultType::kResume}});
  CHECK(result.findings.empty());
  const std::string history = ShowHistory(result.history);
  CHECK(history.find("pause {\"n1\":\"paused\"}\n") != std::string::npos);
  CHECK(history.find("4700 info -1 resume {\"n1\":\"resumed\"}\n470") != std::string::npos);
  for (int i = 1; i <= 10; ++i) CHECK(Count(history, absl::StrCat("echo \"", i, "/", i, "\"")) == 1);
  CHECK(Count(run.journal, " death ") == 0);
}

TEST_CASE("a pause within a node's busy time moves its end; a kill there loses what it had to say") {
  for (const FaultType type : {FaultType::kPause, FaultType::kKill}) {
    TinyRun run(1, [](uint32_t) { return std::make_unique<EchoNode>(Milliseconds(100)); });
    const FaultType end = type == FaultType::kPause ? FaultType::kResume : FaultType::kStart;
    // The first request is sent at 0, comes at once, and keeps the node busy until 100 ms.
    const SimulationResult result = FaultyRun(run, {{Milliseconds(50), type}, {Milliseconds(350), end}});
    const std::string history = ShowHistory(result.history);
    CHECK((history.find("\n400 ok 0 echo 0\n") != std::string::npos) == (type == FaultType::kPause));
    CHECK((history.find("net-timeout") != std::string::npos) == (type == FaultType::kKill));
    CHECK(result.findings.empty());
  }
}

TEST_CASE("a node that does not answer init after its start is at fault, unless another fault befell it") {
  // Answers its first init alone.
  class OnceNode : public EchoNode {
   public:
    void OnInit(const std::string& src, const Json& body) override {
      if (++inits_ == 1) EchoNode::OnInit(src, body);
      if (inits_ == 3) Reply(src, body, Json::ObjectOf({{"type", "init_no"}}));
    }

   private:
    int inits_ = 0;
  };
  TinyRun run(1, [](uint32_t) { return std::make_unique<OnceNode>(); });
  run.config.init_timeout = Seconds(3);
  SimulationResult result =
      FaultyRun(run, {{Milliseconds(500), FaultType::kKill}, {Milliseconds(1000), FaultType::kStart}});
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].kind == "restart");
  CHECK(result.findings[0].invalidates);
  CHECK(result.findings[0].text ==
        "n1 did not answer init within 3.000s of virtual time after it was started again; it must answer init_ok with "
        "in_reply_to = the request's msg_id.");
  run = TinyRun(1, [](uint32_t) { return std::make_unique<OnceNode>(); });
  result = FaultyRun(run, {{Milliseconds(500), FaultType::kKill},
                           {Milliseconds(1000), FaultType::kStart},
                           {Milliseconds(1500), FaultType::kKill},
                           {Milliseconds(2000), FaultType::kStart}});
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].text ==
        "n1 answered init with {\"type\":\"init_no\",\"in_reply_to\":3} after it was started again; it must answer "
        "init_ok.");
}

TEST_CASE("all faults are healed before the final phase, and a run with them is the same twice") {
  std::string journals[2];
  for (std::string& journal : journals) {
    TinyRun run(3, [](uint32_t) { return std::make_unique<FloodNode>(); });
    run.load.generator = Some("broadcast", 100);
    run.load.final_generator = EachThread("final", Some("read", 1));
    const NemesisOptions all{{"kill", "partition", "pause"}, Milliseconds(500), {}, "either"};
    run.config.faults = PlanFaults(3, run.config.nodes, all, Seconds(9));
    run.keep_journal = true;
    const SimulationResult result = run.Run();
    journal = run.journal;
    CHECK(result.findings.empty());
    CHECK(Count(ShowHistory(result.history), " ok ") > 10);
    const std::string last = journal.substr(journal.find("phase recovery"));
    CHECK(Count(last, " fault ") == 0);
    CHECK(Count(last, " node-down\n") == 0);
    CHECK(Count(last, " partition\n") == 0);
    CHECK(Count(last, "\"type\":\"read_ok\"") == 3);
  }
  CHECK(journals[0] == journals[1]);
}

}  // namespace
}  // namespace gyre
