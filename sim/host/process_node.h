// ProcessNode: a program run under interception as a Node of the simulation.
#pragma once

#include <linux/filter.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/host/private_files.h"
#include "sim/host/real_directory.h"
#include "sim/host/tracee.h"
#include "sim/host/watchdog.h"
#include "sim/node.h"

namespace gyre {

// The seccomp programs of nodes.
struct NodeFilters {
  std::vector<sock_filter> usual;
  std::vector<sock_filter> of_made_ids;  // where there is no pid namespace
};

class ProcessNode : public Node {
 public:
  // Borrows config, filters, watchdog and directories, which must outlive it. `observed` gets the report and the opened
  // files, and outlives the node.
  struct Observed {
    ProcessReport report;
    std::set<std::string> opened;
  };
  ProcessNode(const HostConfig& config, const NodeFilters& filters, Watchdog& watchdog, RealDirectories& directories,
              std::string name, uint32_t index, Observed* observed);
  ~ProcessNode() override;

  absl::Status Start(LocalInstant now, uint32_t incarnation, Files files) override;
  StepResult Step(LocalInstant now, absl::Span<const std::string> inbox, LocalInstant until) override;
  StepResult Kill(LocalInstant now) override;
  // Host::LeaveStanding for this node: appends its processes. Nothing but Kill after that.
  void LeaveStanding(std::vector<StandingProcess>* standing);

 private:
  void TakeLines(StepResult* result);
  void TakeFindings(StepResult* result);
  void LimitOutput();
  void Release();
  void KeepFiles();
  void SearchMadeCode();
  void Observe();

  const HostConfig& config_;
  const NodeFilters& filters_;
  Watchdog& watchdog_;
  RealDirectories& directories_;
  const std::string name_;
  const uint32_t index_;
  Observed* const observed_;
  std::unique_ptr<NodeState> state_;
  ScopedFd volume_;         // holds the node's files, beyond its end
  KeptFiles kept_;          // what was known of them at its end
  int64_t busy_until_ = 0;  // L: when the last step's output left
};

}  // namespace gyre
