// What gyre costs, beside what a pipe costs on the same machine at the same time: only ratios mean anything from one
// machine to another. Prints a table, or with --json one array. README.md of this folder explains the rows.
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "checkers/kafka.h"
#include "sim/base/concat.h"
#include "sim/history/journal.h"
#include "tests/bench/bare_program.h"
#include "tests/bench/figures.h"
#include "tests/bench/histories.h"
#include "tests/bench/kafka_history.h"
#include "tests/bench/measured_run.h"
#include "tests/sim/test_nodes.h"

namespace gyre {
namespace {

// Virtual lengths of the two runs whose difference is a node's cost after start-up.
constexpr Duration kShortRun = Milliseconds(100);
constexpr Duration kLongRun = Milliseconds(600);
// The same for runs at the pace of a bare pipe, in operations.
constexpr int kShortRunOperations = 2'000;
constexpr int kLongRunOperations = 12'000;
constexpr int kRoundTrips = 10'000;
constexpr uint64_t kSimulatedMessages = 300'000;

const std::string kInit =
    R"({"id":0,"src":"c0","dest":"n0","body":{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n0"]}})" "\n";
const std::string kEcho =
    R"({"id":1,"src":"c1","dest":"n0","body":{"type":"echo","msg_id":2,"echo":"Please echo 93"}})" "\n";

// What a bench has to work with.
struct Bench {
  int core = 0;
  double pipe = 0;  // round trips a second of a bare pipe, just before the section under way
  Figures figures;
};

std::string Built(std::string_view name) {
  return Concat(std::filesystem::canonical("/proc/self/exe").parent_path().string(), "/", name);
}

// An echo node, as a program with arguments.
struct EchoProgram {
  std::string language;
  std::vector<std::string> argv;

  // Those of tests/nodes that are built here or have their interpreter.
  bool IsHere() const { return access(argv[0].c_str(), X_OK) == 0; }
};

EchoProgram ProgramIn(std::string_view language) {
  const std::string source = GYRE_SOURCE "/tests/nodes";
  if (language == "Plain C++") return {"Plain C++", {Built("volley"), "0"}};
  if (language == "C++") return {"C++", {Built("tests/nodes/cpp-echo")}};
  if (language == "Go") return {"Go", {Built("tests/nodes/go-echo")}};
  if (language == "Java") return {"Java", {Built("tests/nodes/java-echo")}};
  if (language == "Node.js") return {"Node.js", {"/usr/bin/node", Concat(source, "/node/echo.js")}};
  if (language == "Python") return {"Python", {"/usr/bin/python3", Concat(source, "/python/echo.py")}};
  return {"Ruby", {"/usr/bin/ruby", Concat(source, "/ruby/echo.rb")}};
}

// One node that is always busy, and never with more than one operation.
RunConfig EchoConfig(const EchoProgram& program) {
  RunConfig config = ConfigOf("echo", program.argv[0], {program.argv.begin() + 1, program.argv.end()});
  config.nodes = {"n0"};
  config.concurrency = 1;
  config.rate = Ratio{1'000'000, 1};
  config.network.jitter = Duration(0);
  return config;
}

// The cost between `from` and `to`.
RunCost CostBetween(RunConfig config, Duration from, Duration to, int core) {
  config.time_limit = from;
  const RunCost few = CostOf(config, core);
  config.time_limit = to;
  return CostOf(config, core) - few;
}

double RoundTripsPerSecond(const std::vector<std::string>& argv) {
  BareProgram program(argv);
  program.RoundTrip(kInit);
  for (int i = 0; i < kRoundTrips / 10; ++i) program.RoundTrip(kEcho);
  const double start = CpuSeconds() + program.CpuSeconds();
  for (int i = 0; i < kRoundTrips; ++i) program.RoundTrip(kEcho);
  return kRoundTrips / (CpuSeconds() + program.CpuSeconds() - start);
}

// What is compared lies close together in time.
void MeasureEcho(std::string_view language, Bench* bench) {
  const EchoProgram program = ProgramIn(language);
  if (!program.IsHere()) return;
  const double bare = RoundTripsPerSecond(program.argv);
  RunConfig config = EchoConfig(program);
  const RunCost cost = CostBetween(config, kShortRun, kLongRun, bench->core);
  const Duration pace(static_cast<int64_t>(1e9 / bare));
  config.service_time = pace;
  const RunCost paced = CostBetween(config, pace * kShortRunOperations, pace * kLongRunOperations, bench->core);
  const double rate = cost.operations / cost.seconds;
  const std::string name = Concat(language, " echo, ");
  bench->figures.Add(Concat(name, "bare pipe"), "operations/s", bare);
  bench->figures.Add(Concat(name, "gyre"), "operations/s", rate);
  bench->figures.Add(Concat(name, "gyre / bare pipe with child"), "ratio", rate / bench->pipe);
  bench->figures.Add(Concat(name, "gyre / the same program bare"), "ratio", rate / bare);
  bench->figures.Add(Concat(name, "stops an operation"), "", cost.stops / cost.operations);
  bench->figures.Add(Concat(name, "trapped calls an operation"), "", cost.calls / cost.operations);
  bench->figures.Add(Concat(name, "at its bare pace, gyre / bare"), "ratio", paced.operations / paced.seconds / bare);
  bench->figures.Add(Concat(name, "at its bare pace, stops an operation"), "", paced.stops / paced.operations);
}

// Two nodes with 100 messages in flight between them: the service time makes batches.
void MeasureBatch(Bench* bench) {
  RunConfig config = ConfigOf("echo", Built("volley"), {"100"});
  config.nodes = {"n0", "n1"};
  config.concurrency = 1;
  config.rate = Ratio{100, 1};
  config.network.jitter = Duration(0);
  config.time_limit = Seconds(1);
  const RunCost few = CostOf(config, bench->core);
  config.time_limit = Seconds(5);
  const RunCost cost = CostOf(config, bench->core) - few;
  const double rate = cost.messages / cost.seconds;
  bench->figures.Add("two nodes, 100 messages in flight", "messages/s", rate);
  bench->figures.Add("two nodes, 100 in flight / bare pipe with child", "ratio", rate / bench->pipe);
  bench->figures.Add("two nodes, 100 in flight, messages a stop", "", cost.messages / cost.stops);
}

// gyre test -w broadcast --bin FLOOD --node-count 25 --time-limit 20 --rate 100 --latency 10
void MeasureBroadcast(Bench* bench) {
  RunConfig config = ConfigOf("broadcast", Built("tests/nodes/cpp-broadcast-flood"), {});
  config.nodes.clear();
  for (int i = 0; i < 25; ++i) config.nodes.push_back(Concat("n", i));
  config.concurrency = 25;
  config.time_limit = Seconds(20);
  config.rate = Ratio{100, 1};
  config.network.latency = Milliseconds(10);
  const RunCost cost = CostOf(config, bench->core);
  bench->figures.Add("25 nodes broadcast, virtual / processor time", "ratio", cost.virtual_seconds / cost.seconds);
  bench->figures.Add("25 nodes broadcast, gyre", "messages/s", cost.messages / cost.seconds);
  bench->figures.Add("25 nodes broadcast, stops a message", "", cost.stops / cost.messages);
}

// Messages a second between 50 nodes in memory, journal on disk.
void MeasureSimulator(Bench* bench) {
  SimulationConfig config;
  config.seed = 1;
  config.max_messages = kSimulatedMessages;
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < 50; ++i) {
    config.nodes.push_back(Concat("n", i));
    nodes.push_back(std::make_unique<ChatterNode>(4));
  }
  SimulationLoad load;
  load.client.make = [](const ClientContext&) { return nullptr; };
  load.generator = Sleep(Seconds(1000));
  const RunDirectory directory;
  absl::StatusOr<std::unique_ptr<JournalWriter>> journal = JournalWriter::Open(Concat(directory.path(), "/journal"));
  if (!journal.ok()) Fail(ToStd(journal.status().message()));
  Decisions decisions(config.seed);
  SimulationHooks hooks;
  hooks.journal = journal->get();
  hooks.decisions = &decisions;
  const double start = CpuSeconds();
  const absl::StatusOr<SimulationResult> result = Simulate(config, nodes, std::move(load), hooks);
  const double seconds = CpuSeconds() - start;
  if (!result.ok() || !(*journal)->Close().ok()) Fail("the simulation with nodes in memory failed");
  const double messages = static_cast<double>(result->net.all.send) / seconds;
  bench->figures.Add("simulator alone, nodes in memory", "messages/s", messages);
  bench->figures.Add("simulator alone / bare pipe with child", "ratio", messages / bench->pipe);
}

void MeasureStart(Bench* bench) {
  for (const std::string_view language : {"C++", "Go", "Java", "Node.js", "Python", "Ruby"}) {
    const EchoProgram program = ProgramIn(language);
    if (!program.IsHere()) continue;
    const double start = CpuSeconds();
    {
      BareProgram bare(program.argv);
      bare.RoundTrip(kInit);
      bench->figures.Add(Concat(language, " start, bare"), "ms", (CpuSeconds() + bare.CpuSeconds() - start) * 1e3);
    }
    RunConfig config = EchoConfig(program);
    config.time_limit = Nanoseconds(1);
    const RunCost cost = CostOf(config, bench->core);
    bench->figures.Add(Concat(language, " start, gyre"), "ms", cost.seconds * 1e3);
    bench->figures.Add(Concat(language, " start, stops"), "", cost.stops);
  }
}

// From 10,000 to 1,000,000 operations: the time of an operation should hardly grow.
void MeasureKafka(Bench* bench) {
  for (const uint64_t operations : {10'000, 100'000, 1'000'000}) {
    const History history = MakeKafkaHistory(operations);
    const double start = CpuSeconds();
    const Verdict verdict = CheckKafka(history, {});
    const double seconds = CpuSeconds() - start;
    if (verdict.valid != Validity::kValid) Fail(Concat("the kafka history is not valid: ", verdict.details.Dump()));
    bench->figures.Add(Concat("kafka, ", operations, " operations checked"), "s", seconds);
    bench->figures.Add(Concat("kafka, ", operations, " operations, each"), "us",
                       seconds / static_cast<double>(operations) * 1e6);
  }
}

// The parts of the bench, by the names that choose them; each at most so many times.
struct Section {
  const char* name;
  int most;
  void (*measure)(Bench*);
};
constexpr Section kSections[] = {
    {"c++", 100, [](Bench* bench) { MeasureEcho("C++", bench); }},
    {"plain", 100, [](Bench* bench) { MeasureEcho("Plain C++", bench); }},
    {"go", 100, [](Bench* bench) { MeasureEcho("Go", bench); }},
    {"java", 100, [](Bench* bench) { MeasureEcho("Java", bench); }},
    {"node", 100, [](Bench* bench) { MeasureEcho("Node.js", bench); }},
    {"python", 100, [](Bench* bench) { MeasureEcho("Python", bench); }},
    {"ruby", 100, [](Bench* bench) { MeasureEcho("Ruby", bench); }},
    {"batch", 100, MeasureBatch},
    {"broadcast", 3, MeasureBroadcast},
    {"simulator", 100, MeasureSimulator},
    {"start", 3, MeasureStart},
    {"kafka", 3, MeasureKafka},
    {"list-append", 1, [](Bench* bench) { MeasureListAppend(&bench->figures); }},
    {"rw-register", 1, [](Bench* bench) { MeasureRwRegister(&bench->figures); }},
    {"linearizable", 3, [](Bench* bench) { MeasureLinearizable(&bench->figures); }},
};

int Usage() {
  std::string names;
  for (const Section& section : kSections) names += Concat(" ", section.name);
  std::fprintf(stderr, "usage: bench [--json] [REPETITIONS] [SECTION...]\nsections:%s (all)\n", names.c_str());
  return 254;
}

int Main(int argc, char** argv) {
  bool json = false;
  int repetitions = 5;
  std::vector<const Section*> sections;
  for (int i = 1; i < argc; ++i) {
    const auto section = std::find_if(std::begin(kSections), std::end(kSections),
                                      [&](const Section& row) { return std::strcmp(row.name, argv[i]) == 0; });
    if (section != std::end(kSections)) {
      sections.push_back(section);
    } else if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else if (!absl::SimpleAtoi(argv[i], &repetitions) || repetitions < 1) {
      return Usage();
    }
  }
  if (sections.empty()) {
    for (const Section& section : kSections) sections.push_back(&section);
  }
  signal(SIGPIPE, SIG_IGN);
  Bench bench;
  bench.core = sched_getcpu();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(bench.core, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) Fail("cannot stay on one core");
  for (int i = 0; i < repetitions; ++i) {
    for (const Section* section : sections) {
      if (i >= section->most) continue;
      bench.pipe = RoundTripsPerSecond({});
      bench.figures.Add("bare pipe, cooperating child", "round trips/s", bench.pipe);
      section->measure(&bench);
    }
  }
  json ? bench.figures.PrintJson() : bench.figures.Print();
  return 0;
}

}  // namespace
}  // namespace gyre

int main(int argc, char** argv) { return gyre::Main(argc, argv); }
