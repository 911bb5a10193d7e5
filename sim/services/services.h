// Services: maps and a clock that nodes may use, each a node of the simulation with a name that all know, as in
// Maelstrom: lin-kv, lin-tso, lww-kv, seq-kv. Requests are read, write, cas and ts; keys and values are any JSON,
// compared by structure. A request that is not understood is answered with an error, never with silence.
// Deterministic: whatever is drawn is keyed by the service's name and the request's number. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/types/span.h"
#include "sim/base/time.h"
#include "sim/node.h"

namespace gyre {

struct ServiceOptions {
  uint64_t seed = 0;
  Duration service_time = Microseconds(50);  // for each request
  uint64_t seq_kv_states = 32;               // how many of the latest states seq-kv may answer from; at least 1
  uint64_t lww_kv_replicas = 2;              // at least 1
};

struct ServiceRow {
  const char* name;
  const char* meaning;  // for the protocol's documentation
  std::unique_ptr<Node> (*make)(const ServiceOptions& options);
};

// Alphabetical.
absl::Span<const ServiceRow> Services();
// nullptr when there is none of that name.
const ServiceRow* FindService(std::string_view name);

}  // namespace gyre
