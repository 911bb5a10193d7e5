// Harness: the client c0, which sends init and the workload's setup before the test begins, to all nodes at once, and
// to each node that starts again, and judges the answers. Owned by the simulation. One thread.
#pragma once

#include <string>
#include <vector>

#include "sim/event_queue.h"
#include "sim/servers.h"
#include "sim/simulation.h"
#include "sim/transit.h"

namespace gyre {

class Harness {
 public:
  enum class State : uint8_t { kWaiting, kDone, kFailed };

  // All pointers are borrowed.
  Harness(const SimulationConfig* config, std::vector<SetupRequest> setup, EventQueue* queue, Transit* transit,
          Servers* servers, Findings* findings);

  NodeId endpoint() const { return endpoint_; }
  // Each begins a new round of requests, and its time-out.
  void SendInit(Instant now);
  void SendSetup(Instant now);
  // Init, and then the setup, of a node that has started again. One that does not answer is found at fault, unless
  // another fault befell it meanwhile. REQUIRES: the rounds of all are over.
  void Revive(uint32_t node, Instant now);
  // The message of the slot has arrived for the harness. What answers none of its requests is ignored.
  void OnMessage(uint32_t slot, Instant now);
  void OnTimeout(Instant now);

  // Of this round. A failure is only stated when no answer is awaited any more, so that the others' are seen.
  State state() const;
  // A sentence or a few: who did not answer what. REQUIRES: failed.
  std::string failure() const;

 private:
  struct Request {
    uint32_t node = 0;
    uint64_t msg_id = 0;
    std::string type;
    std::string expect;
    bool answered = false;
    std::string wrong;  // what was wrong with the answer
  };
  // A node that was started again, until it has answered all.
  struct Revival {
    uint32_t node = 0;
    uint32_t faults = 0;  // of the node, when it was started
    Instant deadline;
    std::vector<Request> requests;
  };
  Request Send(uint32_t node, const Json& body, std::string expect, Instant now);
  Request SendInit(uint32_t node, Instant now);
  // Those of the workload's setup that are for the node.
  void SendSetup(uint32_t node, std::vector<Request>* requests, Instant now);
  void BeginRound(Instant now);
  bool Awaited(const Request& request) const;
  void OnRevivalMessage(Revival& revival, const Request& request, Instant now);
  void Blame(const Revival& revival, const Request& request, Instant now);
  void ArmRevivals(Instant now);

  const SimulationConfig* config_;
  std::vector<SetupRequest> setup_;
  EventQueue* queue_;
  Transit* transit_;
  Servers* servers_;
  Findings* findings_;
  NodeId endpoint_;
  AlarmId timeout_;
  bool timed_out_ = false;
  uint64_t next_msg_id_ = 1;
  std::vector<Request> requests_;
  std::vector<Revival> revivals_;  // one a node at most
};

}  // namespace gyre
