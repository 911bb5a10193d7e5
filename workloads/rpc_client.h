// RpcClient: a client whose every operation is one request and one reply, as most workloads' are. What differs
// between workloads is a table: how an operation becomes a request, and a reply a value.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/base/atom.h"
#include "sim/base/json.h"
#include "sim/client.h"
#include "workloads/rpc.h"
#include "workloads/workload.h"

namespace gyre {

// After a time-out or an indefinite error an idempotent operation fails (it can be said not to have happened);
// another one may have taken effect: info.
enum class Repeatable : uint8_t { kOnce, kIdempotent };

struct OpCodec {
  Atom f;
  size_t rpc = 0;  // its place in the protocol
  Repeatable repeatable = Repeatable::kOnce;
  // The request's members beside type, from the operation's value.
  Json::Object (*request)(const Json& value) = nullptr;
  // The value of the ok completion, from the operation's value and a reply that fits its shape.
  Json (*result)(const Json& value, Json reply) = nullptr;
  // What is wrong with a reply that fits its shape but not its request; nullptr: every one does.
  std::optional<ReplyFault> (*compare)(const RpcShape& rpc, const Json& request, const Json& reply) = nullptr;
};

// What all clients of a run share. Constant while it lasts, but for the census.
struct RpcClientTable {
  const Protocol* protocol = nullptr;  // borrowed, lives for ever
  std::vector<OpCodec> codecs;
  // As Maelstrom's g-set and counters: time-outs and error replies, definite or not, end an operation as info with an
  // exception.
  bool throws = false;
  // As Maelstrom: a reply that does not fit makes its operation's end unknown, and the run no worse.
  bool forgives = false;
  std::shared_ptr<ReplyCensus> census = std::make_shared<ReplyCensus>();
};

// A client for each process, with Maelstrom's mapping of errors. A reply that does not fit ends the operation as
// info with an exception of the class "malformed-reply".
std::unique_ptr<Client> MakeRpcClient(std::shared_ptr<const RpcClientTable> table, const ClientContext& context);

}  // namespace gyre
