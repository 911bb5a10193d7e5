// The shapes of requests and replies, declared once as data: they validate what nodes answer and write the
// protocol's documentation. Constant once made, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/json.h"
#include "sim/client.h"
#include "workloads/workload.h"

namespace gyre {

enum class FieldType : uint8_t {
  kAny,        // any JSON
  kArray,      // a list of any JSON
  kInteger,    // a number without a fraction
  kMessages,   // {key: [[offset, message], ...], ...}, a list may be null
  kMicroOps,   // a list; that each is [f, key, value] is found when it is compared with the request's
  kNodeLists,  // {node: [node, ...], ...}
  kOffset,     // an integer of 64 bits
  kOffsets,    // {key: offset, ...}
  kString,
  kStrings,
};

enum class Presence : uint8_t { kRequired, kOptional };

// A member of a body, beside type, msg_id and in_reply_to.
struct Field {
  const char* name;
  FieldType type;
  Presence presence;
  const char* meaning;
};

struct BodyShape {
  const char* type;
  std::vector<Field> fields;
};

struct RpcShape {
  BodyShape request;
  BodyShape reply;
  const char* meaning;
};

// All that a workload's clients say to nodes.
struct Protocol {
  const char* workload;
  const char* meaning;
  std::vector<RpcShape> rpcs;
};

// The reply that may stand for any: {"type": "error", "code", "text"}.
const BodyShape& ErrorShape();

// What is wrong with a reply, in words for a node's author. `what` follows "something else than echo_ok: ".
ReplyFault MakeFault(const RpcShape& rpc, const char* kind, std::string_view what, const Json& request,
                     const Json& reply, std::string_view to_do);

// Whether `reply`, a body, answers `request`, a body of protocol.rpcs[rpc]: nothing if so, else what was sent, what was
// expected, what came, what is wrong with it and what to do. Members that the shape does not name are allowed, and
// counted in `census`. Kinds: fractional-integer, missing-field, null-list, wrong-reply, wrong-type.
std::optional<ReplyFault> FindFault(const Protocol& protocol, size_t rpc, const Json& request, const Json& reply,
                                    ReplyCensus* census);

// Numbers of a reply that fits which a float64 cannot have kept: a member that the request has too and that came back
// as its nearest float64, or any float64 so large that integers are rounded to it. Kind: float64-integer; only told, as
// the checkers judge what came of it.
std::optional<ReplyFault> FindRounding(const RpcShape& rpc, const Json& request, const Json& reply);

// The chapter of README.md that tells a node's author all shapes, as Markdown.
std::string MakeProtocolDoc(const std::vector<const Protocol*>& protocols);

}  // namespace gyre
