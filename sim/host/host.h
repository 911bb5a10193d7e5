// Host: runs unmodified Linux programs as nodes, deterministically (README.md of this folder). One Host for a run;
// it owns the watchdog and what the nodes share. The thread that makes it is the ptracer of all its nodes and
// must make all calls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "sim/base/digest.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"
#include "sim/node.h"

namespace gyre {

// The door to decisions of the run: the value of (kind, key), drawn if nobody overrides it. `otherwise` is the value
// that is not worth recording.
using Chooser = std::function<int64_t(std::string_view kind, uint64_t key, Instant now, int64_t otherwise,
                                      absl::FunctionRef<int64_t(Draw&)> draw)>;

// What all nodes of a run have in common.
struct HostConfig {
  uint64_t seed = 0;
  std::string bin;                                       // absolute path
  std::vector<std::string> args;                         // without argv[0]
  std::vector<std::pair<std::string, std::string>> env;  // whole
  Duration service_time = Microseconds(50);              // busy time of each line read
  Duration step_wall_limit = Seconds(10);                // wall time
  uint32_t max_threads = 1024;                           // threads and processes of one node
  uint64_t max_output_bytes = 64u << 20;                 // stdout of one step, and as much stderr
  uint64_t private_bytes = 256u << 20;                   // the node's private directory
  uint64_t memory_bytes = 0;                             // writable memory of each process; 0: no limit
  bool allow_network = false;                            // nodes may reach outside: such a run is leaky
  size_t keep_calls = 0;                                 // so many of each node's call digest, in the report
  int core = -1;                                         // pin to it; -1: the core it happens to be on
  const volatile int* interrupted = nullptr;             // non-zero ends a step that goes on for long; optional
  Chooser choose;                                        // explores interleavings of threads; empty: FIFO
  bool differ = false;                                   // differ on purpose where it must not matter
  std::string trace_node;                                // whose system calls are told to `trace`; empty: nobody's
  std::function<void(std::string_view line)> trace;
  std::string keep_files;                                // directory for what the nodes wrote; empty: dropped
};

// What a machine allows; `gyre doctor` prints it. Probed by trying, in a child.
struct Capability {
  std::string name;    // "ptrace", "seccomp", "pid namespace", ...
  bool available = false;
  std::string detail;  // what it is for, or the error
  std::string loss;    // what is lost without it
  std::string remedy;
};
std::vector<Capability> ProbeCapabilities();

// One entry of a call digest.
struct LoggedCall {
  int64_t time = 0;      // L, ns
  uint32_t thread = 0;   // its ordinal
  uint32_t call = 0;     // its number, or kSignalCall + a signal's
  uint64_t outcome = 0;  // what became of it, as it is digested
  bool operator==(const LoggedCall& other) const {
    return thread == other.thread && call == other.call && outcome == other.outcome;
  }
};
inline constexpr uint32_t kSignalCall = 0xff00;
// "openat = -2", "read, passed to the kernel", "signal SIGCHLD".
std::string DescribeCall(const LoggedCall& call);

// What the host saw of one node, for the report.
struct ProcessReport {
  std::vector<LoggedCall> call_log;  // the first ones, if they are kept
  Digest call_digest;
  uint64_t stops = 0;
  uint64_t calls = 0;
  std::string leak;  // empty, or the first leaking event in words
};

// A process of a node that was left standing.
struct StandingProcess {
  std::string node;
  int pid = 0;       // as the machine sees it
  int node_pid = 0;  // as the node does
  uint32_t threads = 0;
};

class Host {
 public:
  // Errors: the machine forbids ptrace (says what to do), the program does not exist or is not executable.
  static absl::StatusOr<std::unique_ptr<Host>> Create(HostConfig config);
  virtual ~Host() = default;

  // The node of that name; `index` is its place in the list (it keys the randomness). Borrows the host.
  virtual std::unique_ptr<Node> MakeNode(const std::string& name, uint32_t index) = 0;
  // REQUIRES: `index` was made. Valid after the node's end too.
  virtual ProcessReport Report(uint32_t index) const = 0;
  // Lets go of the nodes that live, all stopped, so that a debugger can look at them. They can only be killed then.
  virtual std::vector<StandingProcess> LeaveStanding() = 0;
  // Files that the nodes opened read-only or mapped, with their XXH3, sorted by path. Reads the files.
  virtual std::vector<std::pair<std::string, std::string>> Manifest() const = 0;
};

}  // namespace gyre
