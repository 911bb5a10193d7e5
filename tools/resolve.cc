// From what was typed to a RunConfig that needs nothing else: nodes, clients, program, environment.
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/console.h"
#include "tools/options.h"
#include "tools/run/registry.h"

namespace gyre {
namespace {

constexpr uint64_t kMostNodes = 100'000;
constexpr uint64_t kMostClients = 1'000'000;
constexpr uint64_t kMostReplicas = 1000;
constexpr Duration kShortestInterval = Milliseconds(1);

// Names that are taken: the services of the protocol, which nodes address as they do each other.
constexpr std::string_view kServices[] = {"lin-kv", "lin-tso", "lww-kv", "seq-kv"};

std::string WorkloadList() {
  std::vector<std::string> names;
  for (const WorkloadRow& row : Workloads()) names.emplace_back(row.name);
  const std::string last = names.back();
  names.pop_back();
  return Concat(absl::StrJoin(names, ", "), " and ", last);
}

absl::Status ResolveWorkload(const RunConfig& run) {
  if (FindWorkload(run.workload) != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat("There is no workload '", EscapeForTerminal(run.workload), "'; there are ", WorkloadList(), "."));
}

// A name becomes a file of node-logs and a word of messages; client names would be mistaken for clients.
bool IsNodeName(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.empty() || name.size() > 64 || name[0] == '.' || name[0] == '-') return false;
  if (name.find_first_not_of(kAllowed) != std::string_view::npos) return false;
  if (std::find(std::begin(kServices), std::end(kServices), name) != std::end(kServices)) return false;
  return !(name[0] == 'c' && name.size() > 1 && name.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

absl::Status ResolveNodes(CommandLine* line) {
  RunConfig& run = line->run;
  if (line->node_count > kMostNodes) {
    return absl::InvalidArgumentError(Concat("--node-count: more than ", kMostNodes, " nodes are not supported."));
  }
  if (line->node_count > 0) {
    run.nodes.clear();
    for (uint64_t i = 0; i < line->node_count; ++i) run.nodes.push_back(Concat("n", i));
    return absl::OkStatus();
  }
  if (!line->nodes.empty()) run.nodes = line->nodes;
  std::set<std::string_view> seen;
  for (const std::string& name : run.nodes) {
    if (!IsNodeName(name)) {
      return absl::InvalidArgumentError(
          Concat("'", EscapeForTerminal(name),
                 "' cannot be a node's name: use up to 64 letters, digits, '.', '_' and '-', "
                 "and none that means a client (c1) or a service (lin-kv)."));
    }
    if (!seen.insert(name).second) {
      return absl::InvalidArgumentError(Concat("Two nodes are called ", name, ": names must differ."));
    }
  }
  return absl::OkStatus();
}

absl::Status ResolveConcurrency(CommandLine* line) {
  std::string_view number = line->concurrency;
  uint64_t clients = 0;
  const bool each = number.back() == 'n';
  if (each) number.remove_suffix(1);
  if (!absl::SimpleAtoi(ToAbsl(number), &clients) || clients > kMostClients / (each ? line->run.nodes.size() : 1)) {
    return absl::InvalidArgumentError(Concat("--concurrency: more than ", kMostClients, " clients are not supported."));
  }
  line->run.concurrency = static_cast<uint32_t>(clients * (each ? line->run.nodes.size() : 1));
  return absl::OkStatus();
}

absl::Status ResolveNemesis(CommandLine* line) {
  const NemesisOptions& nemesis = line->run.nemesis;
  if (nemesis.interval < kShortestInterval) {
    return absl::InvalidArgumentError("--nemesis-interval: at least 1ms, or nothing but faults would happen.");
  }
  const auto asked_for = [&](const char* name) {
    return std::find(nemesis.faults.begin(), nemesis.faults.end(), name) != nemesis.faults.end();
  };
  if (!nemesis.partition_kinds.empty() && !asked_for("partition")) {
    line->notes.push_back("--partition-kinds changes nothing here: it belongs to --nemesis partition.");
  }
  if (nemesis.restart_files != NemesisOptions().restart_files && !asked_for("kill")) {
    line->notes.push_back("--restart-files changes nothing here: it belongs to --nemesis kill.");
  }
  return absl::OkStatus();
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

absl::StatusOr<std::string> ResolveBin(const std::string& bin) {
  char directory[PATH_MAX];
  if (getcwd(directory, sizeof directory) == nullptr) return FileError("find", "the current directory", errno);
  absl::StatusOr<std::string> path = ResolveProgram(bin, Variable("PATH"), directory);
  if (path.ok()) return path;
  return absl::Status(path.status().code(),
                      Concat("--bin: ", EscapeForTerminal(ToStd(path.status().message())),
                             "; give the program of a node, by its path or by its name on PATH."));
}

bool IsStandardVariable(std::string_view name) {
  constexpr std::string_view kStandard[] = {"HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ", "USER"};
  return std::find(std::begin(kStandard), std::end(kStandard), name) != std::end(kStandard);
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> NodeEnvironment(
    const std::vector<std::string>& given) {
  std::map<std::string, std::string> variables = {
      {"HOME", "/tmp/gyre-node"}, {"LANG", "C.UTF-8"}, {"TMPDIR", "/tmp/gyre-node"}, {"TZ", "UTC"}, {"USER", "node"}};
  for (const char* name : {"PATH", "LD_LIBRARY_PATH"}) {
    if (std::getenv(name) != nullptr) variables[name] = Variable(name);
  }
  for (const std::string& each : given) {
    const size_t equals = each.find('=');
    const std::string name = each.substr(0, equals);
    if (name.empty()) {
      return absl::InvalidArgumentError(Concat("--env: '", EscapeForTerminal(each), "' has no name before '='."));
    }
    if (equals == std::string::npos && std::getenv(name.c_str()) == nullptr) {
      return absl::InvalidArgumentError(
          Concat("--env: ", EscapeForTerminal(name), " is not set here; write --env NAME=VALUE."));
    }
    variables[name] = equals == std::string::npos ? Variable(name.c_str()) : each.substr(equals + 1);
  }
  return std::vector<std::pair<std::string, std::string>>(variables.begin(), variables.end());
}

absl::Status ResolveRun(CommandLine* line) {
  RunConfig& run = line->run;
  if (absl::Status status = ResolveWorkload(run); !status.ok()) return status;
  if (run.bin.empty()) {
    return absl::InvalidArgumentError("Which program? Give the program of a node with --bin PATH.");
  }
  absl::StatusOr<std::string> bin = ResolveBin(run.bin);
  if (!bin.ok()) return bin.status();
  run.bin = *std::move(bin);
  if (!line->positional.empty()) {
    return absl::InvalidArgumentError(Concat("Unexpected '", EscapeForTerminal(line->positional[0]),
                                             "': arguments for the program go after --, at the end."));
  }
  if (run.lww_kv_replicas > kMostReplicas) {
    return absl::InvalidArgumentError(Concat("--lww-kv-replicas: at most ", kMostReplicas, "."));
  }
  if (absl::Status status = ResolveNodes(line); !status.ok()) return status;
  if (absl::Status status = ResolveConcurrency(line); !status.ok()) return status;
  if (absl::Status status = ResolveNemesis(line); !status.ok()) return status;
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> environment = NodeEnvironment(line->env);
  if (!environment.ok()) return environment.status();
  run.env = *std::move(environment);
  return absl::OkStatus();
}

}  // namespace gyre
