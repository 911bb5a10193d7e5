// ClientThreads: the client side of a run. It asks the generator what to do, runs the operations on the clients,
// matches replies and time-outs, retires processes and writes the history, after Jepsen's interpreter: thread i
// begins as process i; an operation that ends as info retires its process, and the thread goes on as process
// + concurrency. Owned by the simulation. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "sim/client.h"
#include "sim/event_queue.h"
#include "sim/findings.h"
#include "sim/generator.h"
#include "sim/simulation.h"
#include "sim/transit.h"

namespace gyre {

class ClientThreads {
 public:
  // `servers` are the nodes' ids in list order. All pointers are borrowed.
  ClientThreads(const SimulationConfig* config, ClientSpec spec, std::vector<NodeId> servers, Decisions* decisions,
                EventQueue* queue, Transit* transit, Findings* findings);

  // The instant at which the history's time is 0. REQUIRES: called once, before the first StartPhase.
  void SetZero(Instant zero) { zero_ = zero; }
  // Lets `generator` decide from `at` on: a StepClients event comes then.
  void StartPhase(GeneratorPtr generator, Instant at);
  // Takes a StepClients event. True: the phase is over, its generator exhausted and every operation completed.
  bool Step(Instant now);

  // The message of the slot has arrived at a client's endpoint and was recorded. What answers no request, or one that
  // was answered before, is a finding; what comes after the time-out is ignored.
  void OnMessage(uint32_t slot, Instant now);
  // The request of the thread was not answered in time.
  void OnTimeout(uint32_t thread, Instant now);

  // An operation of the nemesis, begun and done at once.
  void RecordNemesis(Atom f, Json asked, Json done, Instant now);

  uint64_t operations() const { return operations_; }
  std::vector<Op> TakeOps() { return std::move(ops_); }

 private:
  struct Thread {
    uint32_t index = 0;
    ProcessId process;
    std::unique_ptr<Client> client;  // nullptr: the process has done nothing yet
    NodeId endpoint;                 // of `client`
    uint64_t next_msg_id = 1;        // of `client`
    bool busy = false;
    Op op;                           // the invocation under way
    Json request;                    // its last request, without msg_id
    uint64_t awaited = 0;            // the request's msg_id
    absl::flat_hash_set<uint64_t> given_up;  // ids of requests of `client` that timed out; looked up only
    AlarmId timeout;
  };

  GeneratorContext& Refresh(Instant now);
  void Dispatch(Emit emit, Instant now);
  void OpenClient(Thread& thread, Instant now);
  void Act(Thread& thread, ClientAction action, Instant now);
  void Unasked(Thread& thread, const Message& message, const Json& body, Instant now);
  void Blame(const Thread& thread, NodeId source, ReplyFault fault, Instant now);
  void SendRequest(Thread& thread, Rpc rpc, Instant now);
  void Complete(Thread& thread, Completion completion, Instant now);
  void Record(Op op, Instant now);

  const SimulationConfig* config_;
  ClientSpec spec_;
  std::vector<NodeId> servers_;
  Decisions* decisions_;
  EventQueue* queue_;
  Transit* transit_;
  Findings* findings_;
  Instant zero_;
  GeneratorPtr generator_;
  AlarmId step_;
  std::vector<Thread> threads_;
  std::vector<int32_t> thread_of_;  // by NodeId: the thread whose client it is, or -1
  uint32_t cursor_ = 0;             // where the search for a free thread begins
  GeneratorContext context_;
  std::vector<Op> ops_;
  uint64_t operations_ = 0;
};

}  // namespace gyre
