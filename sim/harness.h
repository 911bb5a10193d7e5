// Harness: the client c0, which sends init and the workload's setup before the test begins, to all nodes at once,
// and judges the answers. Owned by the simulation. One thread.
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
          Servers* servers);

  NodeId endpoint() const { return endpoint_; }
  // Each begins a new round of requests, and its time-out.
  void SendInit(Instant now);
  void SendSetup(Instant now);
  // The message of the slot has arrived for the harness. What answers none of its requests is ignored.
  void OnMessage(uint32_t slot);
  void OnTimeout() { timed_out_ = true; }

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
  void Send(uint32_t node, const Json& body, std::string expect, Instant now);
  void BeginRound(Instant now);
  bool Awaited(const Request& request) const;

  const SimulationConfig* config_;
  std::vector<SetupRequest> setup_;
  EventQueue* queue_;
  Transit* transit_;
  Servers* servers_;
  NodeId endpoint_;
  AlarmId timeout_;
  bool timed_out_ = false;
  uint64_t next_msg_id_ = 1;
  std::vector<Request> requests_;
};

}  // namespace gyre
