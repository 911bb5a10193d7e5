// Services: maps and a clock that nodes may use, each a node of the simulation with a name that all know, as in
// Maelstrom: lin-kv, lin-tso, lww-kv, seq-kv. Requests are read, write, cas and ts; keys and values are any JSON,
// compared by structure. A request that is not understood is answered with an error, never with silence.
// Deterministic: whatever is drawn is keyed by the service's name and the request's number. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"
#include "sim/node.h"

namespace gyre {

// Decides what a service draws: `draw` says what it would be, from the draws of (seed, "service", key). The value 0 is
// the default: the newest state.
using ServiceChooser =
    std::function<int64_t(uint64_t key, LocalInstant now, absl::FunctionRef<int64_t(Draw&)> draw)>;

struct ServiceOptions {
  uint64_t seed = 0;
  ServiceChooser choose;  // empty: as it is drawn
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
