// What gyre costs, beside what a pipe costs on the same machine at the same time: only ratios mean anything from one
// machine to another. Prints a table, or with --json one object. README.md of this folder explains the rows.
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "sim/base/concat.h"
#include "sim/base/json.h"
#include "sim/history/journal.h"
#include "tests/bench/bare_program.h"
#include "tests/sim/test_nodes.h"
#include "tools/run/run.h"

namespace gyre {
namespace {

// Virtual lengths of the two runs whose difference is a node's cost after start-up.
constexpr Duration kShortRun = Milliseconds(100);
constexpr Duration kLongRun = Milliseconds(600);
constexpr int kRoundTrips = 10'000;
constexpr uint64_t kSimulatedMessages = 300'000;

const std::string kInit =
    R"({"id":0,"src":"c0","dest":"n0","body":{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n0"]}})" "\n";
const std::string kEcho =
    R"({"id":1,"src":"c1","dest":"n0","body":{"type":"echo","msg_id":2,"echo":"Please echo 93"}})" "\n";

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Processor time of this process and of all its dead children. Everything here is on one core and waits for nothing
// else, so on a machine with nothing else to do this is the time that passes; a busy machine does not disturb it.
double CpuSeconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage;
    getrusage(who, &usage);
    seconds += SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime);
  }
  return seconds;
}

[[noreturn]] void Fail(std::string_view sentence) {
  std::fprintf(stderr, "bench: %s\n", std::string(sentence).c_str());
  std::exit(254);
}

// An echo node, as a program with arguments.
struct EchoProgram {
  std::string language;
  std::vector<std::string> argv;
};

// Those of tests/nodes that are built here or have their interpreter.
std::vector<EchoProgram> EchoPrograms() {
  const std::string built = Concat(std::filesystem::canonical("/proc/self/exe").parent_path().string(), "/tests/nodes");
  const std::string source = GYRE_SOURCE "/tests/nodes";
  std::vector<EchoProgram> programs = {
      {"C++", {Concat(built, "/cpp-echo")}},
      {"Go", {Concat(built, "/go-echo")}},
      {"Java", {Concat(built, "/java-echo")}},
      {"Node.js", {"/usr/bin/node", Concat(source, "/node/echo.js")}},
      {"Python", {"/usr/bin/python3", Concat(source, "/python/echo.py")}},
      {"Ruby", {"/usr/bin/ruby", Concat(source, "/ruby/echo.rb")}},
  };
  std::erase_if(programs, [](const EchoProgram& program) { return access(program.argv[0].c_str(), X_OK) != 0; });
  return programs;
}

// A directory for one run's journal and logs, gone with this.
class RunDirectory {
 public:
  RunDirectory() {
    const char* place = std::getenv("TMPDIR");
    path_ = Concat(place == nullptr ? "/tmp" : place, "/gyre-bench-XXXXXX");
    if (mkdtemp(path_.data()) == nullptr) Fail(Concat("cannot make ", path_, ": ", std::strerror(errno)));
  }
  ~RunDirectory() { std::filesystem::remove_all(path_); }
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct RunCost {
  double seconds = 0;
  double operations = 0;
  double stops = 0;
  double calls = 0;
};

// One node that is always busy, and never with more than one operation.
RunCost RunEcho(const EchoProgram& program, Duration length, int core) {
  RunConfig config;
  config.seed = 1;
  config.workload = "echo";
  config.bin = program.argv[0];
  config.args.assign(program.argv.begin() + 1, program.argv.end());
  config.env = {{"HOME", "/tmp/gyre-node"}, {"LANG", "C.UTF-8"}, {"PATH", "/usr/local/bin:/usr/bin:/bin"},
                {"TMPDIR", "/tmp/gyre-node"}, {"TZ", "UTC"}, {"USER", "node"}};
  config.nodes = {"n0"};
  config.concurrency = 1;
  config.time_limit = length;
  config.rate = Ratio{1'000'000, 1};
  config.network.jitter = Duration(0);
  const RunDirectory directory;
  RunSurroundings surroundings;
  surroundings.directory = directory.path();
  surroundings.core = core;
  const double start = CpuSeconds();
  const absl::StatusOr<RunResult> result = Run(config, surroundings);
  const double seconds = CpuSeconds() - start;
  if (!result.ok()) Fail(Concat(program.language, ": ", ToStd(result.status().message())));
  if (result->valid != Validity::kValid) {
    Fail(Concat(program.language, ": the run is not valid: ", result->results.Dump()));
  }
  RunCost cost;
  cost.seconds = seconds;
  cost.operations = static_cast<double>(result->simulation.history.ops().size()) / 2;
  cost.stops = static_cast<double>(result->nodes[0].stops);
  cost.calls = static_cast<double>(result->nodes[0].calls);
  return cost;
}

// Messages a second between 50 nodes in memory, journal on disk.
double SimulatorAlone() {
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
  return static_cast<double>(result->net.all.send) / seconds;
}

double RoundTripsPerSecond(const std::vector<std::string>& argv) {
  BareProgram program(argv);
  program.RoundTrip(kInit);
  for (int i = 0; i < kRoundTrips / 10; ++i) program.RoundTrip(kEcho);
  const double start = CpuSeconds() + program.CpuSeconds();
  for (int i = 0; i < kRoundTrips; ++i) program.RoundTrip(kEcho);
  return kRoundTrips / (CpuSeconds() + program.CpuSeconds() - start);
}

double BareStartSeconds(const EchoProgram& program) {
  const double start = CpuSeconds();
  BareProgram bare(program.argv);
  bare.RoundTrip(kInit);
  return CpuSeconds() + bare.CpuSeconds() - start;
}

// A figure: one sample a repetition, told by its median.
struct Figure {
  std::string name;
  std::string unit;
  std::vector<double> samples;

  double Median() const {
    std::vector<double> sorted = samples;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

// All figures, in the order in which they were first added.
class Figures {
 public:
  void Add(const std::string& name, const std::string& unit, double sample) {
    for (Figure& figure : all_) {
      if (figure.name == name) return figure.samples.push_back(sample);
    }
    all_.push_back({name, unit, {sample}});
  }
  const std::vector<Figure>& all() const { return all_; }

 private:
  std::vector<Figure> all_;
};

// One sample of each figure of the running state. What is compared lies close together in time.
void MeasureRunning(const std::vector<EchoProgram>& programs, int core, Figures* figures) {
  const double pipe = RoundTripsPerSecond({});
  figures->Add("bare pipe, cooperating child", "round trips/s", pipe);
  for (const EchoProgram& program : programs) {
    if (program.language != "C++" && program.language != "Python") continue;
    const double bare = RoundTripsPerSecond(program.argv);
    const RunCost few = RunEcho(program, kShortRun, core);
    const RunCost many = RunEcho(program, kLongRun, core);
    const double operations = many.operations - few.operations;
    const double rate = operations / (many.seconds - few.seconds);
    figures->Add(Concat(program.language, " echo, bare pipe"), "operations/s", bare);
    figures->Add(Concat(program.language, " echo, gyre"), "operations/s", rate);
    figures->Add(Concat(program.language, " echo, gyre / bare pipe with child"), "ratio", rate / pipe);
    figures->Add(Concat(program.language, " echo, gyre / the same program bare"), "ratio", rate / bare);
    figures->Add(Concat(program.language, " echo, stops an operation"), "", (many.stops - few.stops) / operations);
    figures->Add(Concat(program.language, " echo, trapped calls an operation"), "",
                 (many.calls - few.calls) / operations);
  }
  const double messages = SimulatorAlone();
  figures->Add("simulator alone, nodes in memory", "messages/s", messages);
  figures->Add("simulator alone / bare pipe with child", "ratio", messages / pipe);
}

void MeasureStart(const std::vector<EchoProgram>& programs, int core, Figures* figures) {
  for (const EchoProgram& program : programs) {
    figures->Add(Concat(program.language, " start, bare"), "ms", BareStartSeconds(program) * 1e3);
    const RunCost start = RunEcho(program, Nanoseconds(1), core);
    figures->Add(Concat(program.language, " start, gyre"), "ms", start.seconds * 1e3);
    figures->Add(Concat(program.language, " start, stops"), "", start.stops);
  }
}

void Print(const Figures& figures) {
  std::printf("%-46s %12s  %-14s %12s %12s\n", "", "median", "", "least", "most");
  for (const Figure& figure : figures.all()) {
    const auto [least, most] = std::minmax_element(figure.samples.begin(), figure.samples.end());
    const int digits = figure.Median() < 20 ? 3 : figure.Median() < 1000 ? 1 : 0;
    std::printf("%-46s %12.*f  %-14s %12.*f %12.*f\n", figure.name.c_str(), digits, figure.Median(),
                figure.unit.c_str(), digits, *least, digits, *most);
  }
}

void PrintJson(const Figures& figures) {
  Json::Array rows;
  for (const Figure& figure : figures.all()) {
    Json::Array samples(figure.samples.begin(), figure.samples.end());
    rows.push_back(Json::ObjectOf({{"name", figure.name},
                                   {"unit", figure.unit},
                                   {"median", figure.Median()},
                                   {"samples", std::move(samples)}}));
  }
  std::printf("%s\n", Json(std::move(rows)).Dump().c_str());
}

int Main(int argc, char** argv) {
  bool json = false;
  int repetitions = 5;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else if (!absl::SimpleAtoi(argv[i], &repetitions) || repetitions < 1) {
      std::fprintf(stderr, "usage: bench [--json] [REPETITIONS]\n");
      return 254;
    }
  }
  signal(SIGPIPE, SIG_IGN);
  const int core = sched_getcpu();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) Fail("cannot stay on one core");
  const std::vector<EchoProgram> programs = EchoPrograms();
  Figures figures;
  for (int i = 0; i < repetitions; ++i) MeasureRunning(programs, core, &figures);
  for (int i = 0; i < std::min(repetitions, 3); ++i) MeasureStart(programs, core, &figures);
  json ? PrintJson(figures) : Print(figures);
  return 0;
}

}  // namespace
}  // namespace gyre

int main(int argc, char** argv) { return gyre::Main(argc, argv); }
