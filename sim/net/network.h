// Network: one message's fate. Route at the send: latency, jitter, loss, duplication, each keyed by content.
// Admit at the arrival: partitions and dead nodes are judged only there, as in Maelstrom. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"
#include "sim/net/decisions.h"
#include "sim/history/message.h"
#include "sim/net/partition.h"

namespace gyre {

enum class LatencyDistribution : uint8_t { kConstant, kUniform, kExponential };

struct NetworkConfig {
  Duration latency{};                                                   // mean, between nodes and services
  LatencyDistribution distribution = LatencyDistribution::kConstant;    // uniform is [0, 2 * mean]
  Duration jitter = Milliseconds(1);                                    // uniform in [0, jitter), every delivery
  Duration client_latency{};                                            // constant, added where an end is a client
  Ratio loss{};                                                         // between nodes and services
};

struct Delivery {
  Instant at;        // the earliest instant of arrival
  uint64_t key = 0;  // of its fate: what orders it among arrivals at one instant (semantics.md)
};
using Deliveries = absl::InlinedVector<Delivery, 1>;

class Network {
 public:
  // `decisions` is borrowed and must outlive the network.
  Network(const NetworkConfig& config, Decisions* decisions);

  // The deliveries of `message`, sent at `now`: none when it is lost. The endpoints' names go into the key, as
  // ids depend on who came first; their roles say which latencies apply.
  Deliveries Route(const Message& message, const Roster& roster, Instant now);

  // From now on nodes drop what the grudge says, in place of any grudge before. REQUIRES: its names are in the roster.
  void Partition(const Grudge& grudge, const Roster& roster);
  // No node drops anything any more.
  void Heal() { dropped_by_.clear(); }
  // Whether a message that arrives now gets through: "", or why it is dropped.
  std::string_view Admit(const Message& message) const;

 private:
  uint64_t FateKey(const Message& message, const Roster& roster);
  uint64_t NameHash(NodeId id, const Roster& roster);
  int64_t DrawDelay(bool between_servers, Draw& draw) const;

  NetworkConfig config_;
  Decisions* decisions_;
  std::vector<uint64_t> name_hashes_;  // by NodeId, as far as they were needed
  // How often each (source, destination, content) was sent: the n of the n-th occurrence. Most contents occur
  // once, so that the first is remembered in a set, at half of a map's price: this is the one thing here that
  // grows with the run (about 12 bytes a distinct content).
  absl::flat_hash_set<uint64_t> seen_;                 // looked up only
  absl::flat_hash_map<uint64_t, uint32_t> repeated_;   // looked up only
  std::vector<std::vector<NodeId>> dropped_by_;        // by NodeId of the destination, sorted; empty: no partition
};

}  // namespace gyre
