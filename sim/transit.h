// Transit: the messages under way, from the send to the receipt: ids, fates, the journal's records and the network's
// counts. It keeps each message in a slot while something may still happen to it, and reuses slot and bytes after,
// so that a run in steady state allocates nothing here. Owned by the simulation. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/event_queue.h"
#include "sim/history/journal.h"
#include "sim/history/message.h"
#include "sim/net/network.h"
#include "sim/simulation.h"

namespace gyre {

class Transit {
 public:
  // All pointers are borrowed.
  Transit(const NetworkConfig& config, const SimulationHooks* hooks, EventQueue* queue);

  // A new endpoint, in roster and journal. `sender_index` goes into the ids of what it sends and must not depend on
  // who came first (semantics.md): servers count from 0, client c<k> is the number of servers + k.
  NodeId AddEndpoint(std::string name, NodeRole role, uint32_t sender_index, Instant now);
  const Roster& roster() const { return roster_; }

  // A slot for a message to be filled in: then Send or Release it.
  uint32_t Acquire();
  Message& at(uint32_t slot) { return slots_[slot]; }
  void Release(uint32_t slot);

  // Sends the message of the slot, from `sender` (which may differ from its src: a forwarded request). The slot is
  // given up. Returns the message's id.
  MessageId Send(uint32_t slot, NodeId sender, Instant now);
  // The message of the slot has arrived. False: a partition keeps it from its destination, and the slot is given up.
  bool Admit(uint32_t slot, Instant now);
  // Nodes drop what the grudge says, or nothing any more.
  void Partition(const Grudge& grudge) { network_.Partition(grudge, roster_); }
  void Heal() { network_.Heal(); }
  // The destination takes the message. The slot stays until Release.
  void Receive(uint32_t slot, Instant now);
  // The message waits at its destination.
  void Hold(uint32_t slot, Instant now, std::string_view reason);
  // The message is lost, with a reason. The slot is given up.
  void Drop(uint32_t slot, Instant now, std::string_view reason);

  // Whether chance has lost a message.
  bool lost() const { return lost_; }
  // Messages sent so far.
  uint64_t sent() const { return stats_.all.send; }
  uint64_t sent_by(NodeId sender) const { return sent_by_[sender.value()]; }
  const NetStats& stats() const { return stats_; }

 private:
  NetCounts& ClassOf(const Message& message);
  void Record(JournalRecord::Kind kind, const Message& message, Instant now, std::string_view text);

  const SimulationHooks* hooks_;
  EventQueue* queue_;
  Network network_;
  Roster roster_;
  std::vector<uint32_t> sender_indices_;  // by NodeId
  std::vector<uint32_t> sent_by_;         // by NodeId
  std::vector<Message> slots_;
  std::vector<uint32_t> free_;
  NetStats stats_;
  bool lost_ = false;
};

}  // namespace gyre
