// Servers: the nodes under test, seen from the event loop. Keeps what waits in each node's stdin, when it may run
// again and what it wrote that has not left yet; steps it; judges its lines; notices its death. Owned by the
// simulation. One thread.
//
// A node's alarm is the one thing that drives it: at the end of a step's busy time its output leaves; then, or when
// something arrives or its own deadline comes, it steps with all that has arrived.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/coverage.h"
#include "sim/envelope.h"
#include "sim/event_queue.h"
#include "sim/node.h"
#include "sim/simulation.h"
#include "sim/transit.h"

namespace gyre {

class Servers {
 public:
  // Makes the nodes' endpoints, ids 0 to n - 1 in list order, then those of services, which are stepped alike but get
  // no init. All pointers are borrowed.
  Servers(const SimulationConfig* config, std::vector<std::unique_ptr<Node>>* nodes, const SimulationHooks* hooks,
          EventQueue* queue, Transit* transit, Findings* findings);

  // Starts all nodes. An error names the node.
  absl::Status Start(Instant now);
  // The message that is the node's init: what arrives before it is held.
  void SetInit(uint32_t node, MessageId init) { servers_[node].init = init; }
  // The message of the slot has arrived at its destination, a node; the slot is given up.
  void Arrive(uint32_t slot, Instant now);
  // Takes a WakeNode event. True: the node died.
  bool Wake(uint32_t node, Instant now);
  // Ends all nodes.
  void EndAll(Instant now);

  // The faults of a node, which must be no service. Each returns false, and changes nothing, if the node is not in a
  // state for it. A killed node's unsent output is lost; messages for it are dropped until it starts again.
  bool Kill(uint32_t node, Instant now);
  // A killed node's next incarnation: init is to follow. An error is the machine's and names the node.
  absl::StatusOr<bool> Restart(uint32_t node, Files files, Instant now);
  // A paused node makes no step; what it was doing is done that much later, its timers are due as soon as it resumes.
  bool Pause(uint32_t node, Instant now);
  bool Resume(uint32_t node, Instant now);

  uint32_t size() const { return static_cast<uint32_t>(servers_.size()); }
  // Of the servers under test, in list order.
  std::vector<NodeId> node_ids() const;
  // How the node died, "exit 3"; empty while it lives.
  const std::string& death(uint32_t node) const { return servers_[node].death; }
  // How often a fault was applied to the node: who waits for its answer gives up when that changes.
  uint32_t faults(uint32_t node) const { return servers_[node].faults; }
  // Set when the run cannot go on: a step reached its wall limit.
  const std::optional<std::string>& stuck() const { return stuck_; }
  // The pairs of messages that the servers under test took.
  const DeliveryPairs& pairs() const { return pairs_; }
  // "n1 sent the most, 1000": where to look when messages go round and round.
  std::string BusiestSender() const;

 private:
  struct Server {
    Node* node = nullptr;
    AlarmId alarm;
    std::optional<MessageId> init;      // sent and not yet arrived
    bool initialised = false;           // init has arrived
    std::string death;
    bool killed = false;                // by a fault: it may start again
    uint32_t incarnation = 0;
    uint32_t faults = 0;                // applied so far
    std::optional<Instant> paused_at;
    std::vector<uint32_t> inbox;        // slots, in order of arrival
    std::vector<uint32_t> held;         // slots that wait for init
    Instant busy_until;
    Instant wake_at = Instant::Max();   // the node's own deadline
    std::optional<StepResult> written;  // leaves at busy_until
    std::array<std::string, 3> last_lines;  // of stdout, the oldest first
    std::string log_tail;                   // of stderr
  };

  absl::Status StartNode(uint32_t node, Files files, Instant now);
  void Arm(Server& server, Instant now);
  void Step(uint32_t node, Instant now);
  void Publish(uint32_t node, StepResult result, Instant now);
  void PublishLine(uint32_t node, std::string_view line, Instant now);
  void Bury(uint32_t node, const NodeDeath& death, Instant now);
  void Close(uint32_t node, std::string death, Instant now);
  void AddFinding(uint32_t node, std::string kind, std::string text, bool invalidates, Instant now);
  void Log(uint32_t node, std::string_view bytes, Instant now);
  void Record(JournalRecord::Kind kind, uint32_t node, std::string_view text, Instant now);

  const SimulationConfig* config_;
  const SimulationHooks* hooks_;
  EventQueue* queue_;
  Transit* transit_;
  Findings* findings_;
  EnvelopeReader reader_;
  std::vector<std::string> names_;  // servers, then services
  std::vector<NodeId> ids_;         // of all
  std::vector<Server> servers_;
  DeliveryPairs pairs_;
  std::vector<std::string> lines_;  // of the step under way; kept for their capacity
  std::optional<std::string> stuck_;
};

}  // namespace gyre
