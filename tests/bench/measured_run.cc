#include "tests/bench/measured_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "sim/base/concat.h"

namespace gyre {
namespace {

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

void Fail(std::string_view sentence) {
  std::fprintf(stderr, "bench: %s\n", std::string(sentence).c_str());
  std::exit(254);
}

double CpuSeconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage;
    getrusage(who, &usage);
    seconds += SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime);
  }
  return seconds;
}

RunDirectory::RunDirectory() {
  const char* place = std::getenv("TMPDIR");
  path_ = Concat(place == nullptr ? "/tmp" : place, "/gyre-bench-XXXXXX");
  if (mkdtemp(path_.data()) == nullptr) Fail(Concat("cannot make ", path_, ": ", std::strerror(errno)));
}

RunDirectory::~RunDirectory() { std::filesystem::remove_all(path_); }

RunCost RunCost::operator-(const RunCost& other) const {
  RunCost difference;
  difference.seconds = seconds - other.seconds;
  difference.virtual_seconds = virtual_seconds - other.virtual_seconds;
  difference.operations = operations - other.operations;
  difference.messages = messages - other.messages;
  difference.stops = stops - other.stops;
  difference.calls = calls - other.calls;
  return difference;
}

RunConfig ConfigOf(const std::string& workload, const std::string& bin, std::vector<std::string> args) {
  RunConfig config;
  config.seed = 1;
  config.workload = workload;
  config.bin = bin;
  config.args = std::move(args);
  config.env = {{"HOME", "/tmp/gyre-node"}, {"LANG", "C.UTF-8"}, {"PATH", "/usr/local/bin:/usr/bin:/bin"},
                {"TMPDIR", "/tmp/gyre-node"}, {"TZ", "UTC"}, {"USER", "node"}};
  return config;
}

RunCost CostOf(const RunConfig& config, int core) {
  const RunDirectory directory;
  RunSurroundings surroundings;
  surroundings.directory = directory.path();
  surroundings.core = core;
  const double start = CpuSeconds();
  const absl::StatusOr<RunResult> result = Run(config, surroundings);
  RunCost cost;
  cost.seconds = CpuSeconds() - start;
  if (!result.ok()) Fail(Concat(config.bin, ": ", ToStd(result.status().message())));
  if (result->valid != Validity::kValid) {
    Fail(Concat(config.bin, ": the run is not valid: ", result->results.Dump()));
  }
  cost.virtual_seconds = static_cast<double>(result->simulation.end.ns()) * 1e-9;
  cost.operations = static_cast<double>(result->simulation.history.ops().size()) / 2;
  cost.messages = static_cast<double>(result->simulation.net.all.send);
  for (const NodeReport& node : result->nodes) {
    cost.stops += static_cast<double>(node.stops);
    cost.calls += static_cast<double>(node.calls);
  }
  return cost;
}

}  // namespace gyre
