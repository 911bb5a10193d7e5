#include "sim/host/host.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/base/file.h"
#include "sim/host/call_filter.h"
#include "sim/host/calls.h"
#include "sim/host/process_node.h"
#include "sim/host/sandbox.h"
#include "sim/host/watchdog.h"

namespace gyre {
namespace {

absl::Status CheckProgram(const std::string& bin) {
  struct stat status;
  if (stat(bin.c_str(), &status) != 0) {
    return absl::NotFoundError(absl::StrCat("cannot run \"", bin, "\": ", std::strerror(errno),
                                            "; give the path of the node program with --bin"));
  }
  if (S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot run \"", bin, "\": it is a directory; --bin takes a program"));
  }
  if (access(bin.c_str(), X_OK) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot run \"", bin, "\": it is not executable; try: chmod +x ", bin));
  }
  return absl::OkStatus();
}

constexpr char kAllowInContainer[] =
    "in a container allow it by `docker run --cap-add SYS_PTRACE --security-opt seccomp=unconfined`";

// Without these looks into a node every call would pass, block, and run in an order of the kernel's: better no run
// than one that seems exact. That tracing is forbidden is found when the first node starts.
absl::Status CheckMachine() {
  int value = 0;
  const int probe = 1;
  if (!ReadMemory(getpid(), reinterpret_cast<uint64_t>(&probe), &value, sizeof value)) {
    return absl::FailedPreconditionError(absl::StrCat("cannot read the memory of node processes (process_vm_readv: ",
                                                      std::strerror(errno), "); ", kAllowInContainer));
  }
  return absl::OkStatus();
}

// One core for the supervisor and, by inheritance, its nodes: a hand-over between cores costs many times more.
void PinTo(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core >= 0 ? core : sched_getcpu(), &set);
  sched_setaffinity(0, sizeof set, &set);
}

class ProcessHost : public Host {
 public:
  explicit ProcessHost(HostConfig config)
      : config_(std::move(config)),
        filters_{MakeFilter({.watch_memory = config_.memory_bytes != 0}),
                 MakeFilter({.watch_memory = config_.memory_bytes != 0, .make_ids = true})},
        tracing_filters_{MakeTracingFilter(), MakeTracingFilter()} {
    PinTo(config_.core);
    // A node may close its stdin; that is its business.
    signal(SIGPIPE, SIG_IGN);
    // Shifted descriptors must not change anything that a node sees.
    for (int i = 0; config_.differ && i < 7; ++i) shift_.push_back(ScopedFd(open("/dev/null", O_RDONLY | O_CLOEXEC)));
  }

  std::unique_ptr<Node> MakeNode(const std::string& name, uint32_t index) override {
    const NodeFilters& filters = config_.trace_node == name && config_.choose == nullptr ? tracing_filters_ : filters_;
    auto node = std::make_unique<ProcessNode>(config_, filters, watchdog_, directories_, name, index,
                                              &observed_[index]);
    nodes_.push_back(node.get());
    return node;
  }

  std::vector<StandingProcess> LeaveStanding() override {
    std::vector<StandingProcess> standing;
    for (ProcessNode* node : nodes_) node->LeaveStanding(&standing);
    return standing;
  }

  ProcessReport Report(uint32_t index) const override {
    const auto found = observed_.find(index);
    CHECK(found != observed_.end());
    return found->second.report;
  }

  std::vector<std::pair<std::string, std::string>> Manifest() const override {
    std::set<std::string> paths;
    for (const auto& [index, observed] : observed_) paths.insert(observed.opened.begin(), observed.opened.end());
    std::vector<std::pair<std::string, std::string>> manifest;
    for (const std::string& path : paths) {
      if (absl::StartsWith(path, "/proc/") || absl::StartsWith(path, "/sys/") || absl::StartsWith(path, "/dev/"))
        continue;
      struct stat status;
      if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
      const absl::StatusOr<Digest> digest = DigestOfFile(path);
      if (digest.ok()) manifest.emplace_back(path, digest->Hex());
    }
    return manifest;
  }

 private:
  const HostConfig config_;
  const NodeFilters filters_;
  const NodeFilters tracing_filters_;
  std::vector<ProcessNode*> nodes_;  // made; they outlive all calls but the destructor
  Watchdog watchdog_;
  RealDirectories directories_{kNodeDirectory};
  std::map<uint32_t, ProcessNode::Observed> observed_;
  std::vector<ScopedFd> shift_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Host>> Host::Create(HostConfig config) {
  const absl::Status program = CheckProgram(config.bin);
  if (!program.ok()) return program;
  const absl::Status machine = CheckMachine();
  if (!machine.ok()) return machine;
  return std::unique_ptr<Host>(std::make_unique<ProcessHost>(std::move(config)));
}

}  // namespace gyre
