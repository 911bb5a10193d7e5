// Clients: they turn operations into requests and replies into completions. The simulation does the sending,
// the message ids and the time-outs; a Client is a small state machine of values and never calls back.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/base/json.h"
#include "sim/base/time.h"
#include "sim/history/op.h"

namespace gyre {

// A request to send. The simulation adds msg_id and waits for the reply whose in_reply_to is that id.
struct Rpc {
  Json body;         // an object with "type"
  std::string dest;  // empty: the client's own node
};

// What is wrong with a node's reply: a stable word, and a text for the node's author.
struct ReplyFault {
  std::string kind;
  std::string text;
  bool invalidates = true;  // the run; else it is only told
};

// How an operation ends. type is kOk, kFail or kInfo. value replaces the invocation's value.
struct Completion {
  OpType type = OpType::kOk;
  Json value;
  Json error;
  Json exception;
  std::optional<ReplyFault> fault = {};  // of the reply that ended it
};

using ClientAction = std::variant<Rpc, Completion>;

struct ClientContext {
  std::string node;                // the client's own node
  std::vector<std::string> nodes;  // all server nodes
  ProcessId process;
  uint32_t thread = 0;
};

class Client {
 public:
  virtual ~Client() = default;
  // Begins `op`, an invocation.
  virtual ClientAction Invoke(const Op& op) = 0;
  // The reply's body to the request that was sent last; may be an error reply ("type": "error").
  virtual ClientAction OnReply(const Op& op, const Json& request, Json reply) = 0;
  // No reply to `request` within the time-out.
  virtual ClientAction OnTimeout(const Op& op, const Json& request) = 0;
};

struct ClientSpec {
  std::function<std::unique_ptr<Client>(const ClientContext&)> make;
  Duration rpc_timeout = Milliseconds(5000);
  // A new process of the same thread keeps the client (and its name) instead of getting a fresh one.
  bool reusable = false;
};

// The protocol's error codes (workloads.md): name, and whether the operation definitely did not happen.
struct ErrorCode {
  int code;
  const char* name;
  bool definite;
};
// nullptr for a code that the protocol does not name (indefinite).
const ErrorCode* FindErrorCode(int64_t code);

// Maelstrom's mapping of an error reply: kFail if the code is definite or f is idempotent, else kInfo;
// error is [name, text]. `value` is the invocation's.
Completion ErrorCompletion(const Json& reply, const Json& value, bool idempotent);
// kFail if f is idempotent, else kInfo; error is "net-timeout".
Completion TimeoutCompletion(const Json& value, bool idempotent);

}  // namespace gyre
