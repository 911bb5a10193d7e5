#include "workloads/txn.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sim/base/concat.h"
#include "workloads/rpc_client.h"
#include "workloads/txn_generator.h"

namespace gyre {
namespace {

enum : size_t { kTxn };  // places in the protocol

constexpr char kRead[] = "r";
constexpr char kToDo[] =
    "answer each txn with its own micro-operations, in their order: the same f and key, what is written as it was "
    "sent, and only the null of each read replaced by what was read.";

// What tells the two workloads apart.
struct TxnKind {
  const char* write;               // its f
  bool (*is_read)(const Json& value);  // whether a read may find it
  const char* read;                // what a read may find, in words
};

bool IsListOrNull(const Json& value) { return value.is_array() || value.is_null(); }
bool IsScalar(const Json& value) { return !value.is_array() && !value.is_object(); }
bool IsAnything(const Json&) { return true; }

constexpr TxnKind kListAppend = {"append", IsListOrNull, "a list or null"};
constexpr TxnKind kRwRegister = {"w", IsScalar, "a value that was written, or null"};
// As Maelstrom, which takes any JSON for a register's value.
constexpr TxnKind kAnyRegister = {"w", IsAnything, "anything"};

struct Misfit {
  const char* kind;
  std::string text;
};

bool IsMicroOp(const Json& op) { return op.is_array() && op.AsArray().size() == 3; }

// What is wrong with `came` as the answer to `sent`, a micro-operation.
std::optional<Misfit> MisfitOf(const TxnKind& kind, const Json& sent, const Json& came) {
  if (!IsMicroOp(came)) return Misfit{"wrong-micro-op", "it is no list of f, key and value"};
  const Json::Array& ours = sent.AsArray();
  const Json::Array& theirs = came.AsArray();
  if (theirs[0] != ours[0]) {
    return Misfit{"wrong-micro-op", Concat("its f is ", theirs[0].Dump(), ", not ", ours[0].Dump())};
  }
  if (theirs[1] != ours[1]) {
    return Misfit{"changed-key", Concat("its key is ", theirs[1].Dump(), ", not ", ours[1].Dump())};
  }
  if (ours[0] != Json(kRead) && theirs[2] != ours[2]) {
    return Misfit{"changed-write", Concat("its value is ", theirs[2].Dump(), ", not ", ours[2].Dump())};
  }
  if (ours[0] == Json(kRead) && !kind.is_read(theirs[2])) {
    return Misfit{"wrong-read", Concat("what it read should be ", kind.read, ", but is ", theirs[2].Dump())};
  }
  return std::nullopt;
}

std::optional<Misfit> MisfitIn(const TxnKind& kind, const Json::Array& sent, const Json::Array& came) {
  for (size_t i = 0; i < sent.size() && i < came.size(); ++i) {
    std::optional<Misfit> misfit = MisfitOf(kind, sent[i], came[i]);
    if (!misfit.has_value()) continue;
    misfit->text = Concat("micro-operation ", i + 1, ", ", sent[i].Dump(), ", came back as ", came[i].Dump(), ": ",
                          misfit->text);
    return misfit;
  }
  if (came.size() == sent.size()) return std::nullopt;
  return Misfit{came.size() < sent.size() ? "missing-micro-op" : "extra-micro-op",
                Concat("it has ", came.size(), " micro-operations, but ", sent.size(), " were sent")};
}

template <const TxnKind& kind>
std::optional<ReplyFault> Compare(const RpcShape& shape, const Json& request, const Json& reply) {
  const std::optional<Misfit> misfit =
      MisfitIn(kind, request.Find("txn")->AsArray(), reply.Find("txn")->AsArray());
  if (!misfit.has_value()) return std::nullopt;
  return MakeFault(shape, misfit->kind, misfit->text, request, reply, kToDo);
}

// The operation's micro-operations, with what the reply has read.
Json Filled(const Json& value, Json reply) {
  Json filled = value;
  Json txn = reply.Take("txn");
  for (size_t i = 0; i < filled.AsArray().size(); ++i) {
    Json::Array& op = filled.AsArray()[i].AsArray();
    if (op[0] == Json(kRead)) op[2] = std::move(txn.AsArray()[i].AsArray()[2]);
  }
  return filled;
}

template <const TxnKind& kind>
Workload MakeTxn(const Protocol& protocol, const WorkloadOptions& options) {
  auto table = std::make_shared<RpcClientTable>();
  table->forgives = options.parity_maelstrom;
  table->protocol = &protocol;
  table->codecs = {{"txn", kTxn, Repeatable::kOnce, [](const Json& value) { return Json::Object{{"txn", value}}; },
                    Filled, Compare<kind>}};
  Workload workload;
  workload.name = protocol.workload;
  workload.client.make = [table](const ClientContext& context) { return MakeRpcClient(table, context); };
  workload.client.reusable = true;
  workload.generator = Transactions("txn", options.txn, kind.write);
  workload.census = table->census;
  return workload;
}

std::vector<RpcShape> Shapes(const char* sent, const char* came) {
  return {{{"txn", {{"txn", FieldType::kMicroOps, Presence::kRequired, sent}}},
           {"txn_ok", {{"txn", FieldType::kMicroOps, Presence::kRequired, came}}},
           "asks to do all micro-operations, in their order, or none. Error 30 where others' transactions are in the "
           "way; any definite error says that nothing was done."}};
}

}  // namespace

const Protocol& TxnListAppendProtocol() {
  static const Protocol* const protocol = new Protocol{
      "txn-list-append",
      "Transactions over lists: each reads some and appends to some, as if it were alone.",
      Shapes("`[\"r\", key, null]` reads a list, `[\"append\", key, element]` appends to it; no element is appended to "
             "a key twice",
             "the same, each read's null replaced by the key's list, or left where it has none")};
  return *protocol;
}

const Protocol& TxnRwRegisterProtocol() {
  static const Protocol* const protocol = new Protocol{
      "txn-rw-register",
      "Transactions over registers: each reads some and writes some, as if it were alone.",
      Shapes("`[\"r\", key, null]` reads a register, `[\"w\", key, value]` writes it; no value is written to a key "
             "twice",
             "the same, each read's null replaced by the key's value, or left where it has none")};
  return *protocol;
}

Workload MakeTxnListAppend(const WorkloadOptions& options) {
  return MakeTxn<kListAppend>(TxnListAppendProtocol(), options);
}

Workload MakeTxnRwRegister(const WorkloadOptions& options) {
  const Protocol& protocol = TxnRwRegisterProtocol();
  return options.parity_maelstrom ? MakeTxn<kAnyRegister>(protocol, options) : MakeTxn<kRwRegister>(protocol, options);
}

}  // namespace gyre
