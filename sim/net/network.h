// Network: one message's fate. Route at the send: latency, jitter, loss, duplication, each keyed by content.
// Admit at the arrival: partitions and dead nodes are judged only there, as in Maelstrom. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"
#include "sim/net/decisions.h"
#include "sim/history/message.h"

namespace gyre {

enum class LatencyDistribution : uint8_t { kConstant, kUniform, kExponential };

struct NetworkConfig {
  Duration latency;                                                     // mean, between nodes and services
  LatencyDistribution distribution = LatencyDistribution::kConstant;   // uniform is [0, 2 * mean]
  Duration jitter = Milliseconds(1);                                    // uniform in [0, jitter), every delivery
  Duration client_latency;                                              // constant, added where an end is a client
  Ratio loss;                                                           // between nodes and services
};

struct Delivery {
  Instant at;  // the earliest instant of arrival
};

class Network {
 public:
  // `decisions` is borrowed and must outlive the network.
  Network(const NetworkConfig& config, Decisions* decisions);

  // The deliveries of `message`, sent at `now`: none when it is lost, several when it is duplicated.
  // `link` names the endpoints (for the key); the roles say which latencies apply.
  std::vector<Delivery> Route(const Message& message, const Roster& roster, Instant now);

 private:
  NetworkConfig config_;
  Decisions* decisions_;
  // How often each (source, destination, content) was sent: the n of the n-th occurrence.
  absl::flat_hash_map<uint64_t, uint32_t> occurrences_;  // looked up only
};

}  // namespace gyre
