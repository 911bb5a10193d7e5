#include "workloads/counter.h"

#include <memory>
#include <utility>

#include "workloads/rpc_client.h"

namespace gyre {
namespace {

enum : size_t { kAdd, kRead };  // places in the protocol

// Maelstrom draws from -5 to 4 for both, and leaves the negative ones out of g-counter.
constexpr int64_t kLeast = -5;
constexpr int64_t kMost = 4;

template <int64_t least>
std::pair<Atom, Json> MakeAddOp(uint64_t, const GeneratorContext&, Draw& draw) {
  return {"add", Json(draw.Between(least, kMost))};
}

std::pair<Atom, Json> MakeReadOp(uint64_t, const GeneratorContext&, Draw&) { return {"read", Json()}; }

std::vector<RpcShape> Shapes(const char* delta) {
  return {{{"add", {{"delta", FieldType::kInteger, Presence::kRequired, delta}}},
           {"add_ok", {}},
           "asks to add a number to the counter."},
          {{"read", {}},
           {"read_ok", {{"value", FieldType::kInteger, Presence::kRequired, "the counter, as far as the node knows"}}},
           "asks for the counter's value. What is read at the end, when all is healed, must be exact."}};
}

Workload MakeCounter(const char* name, const Protocol& protocol, OpMaker add, const WorkloadOptions& options) {
  auto table = std::make_shared<RpcClientTable>();
  table->forgives = options.parity_maelstrom;
  table->protocol = &protocol;
  table->throws = options.parity_maelstrom;
  table->codecs = {{"add", kAdd, Repeatable::kOnce, [](const Json& value) { return Json::Object{{"delta", value}}; },
                    [](const Json& value, Json) { return value; }},
                   {"read", kRead, Repeatable::kIdempotent, [](const Json&) { return Json::Object(); },
                    [](const Json&, Json reply) { return reply.Take("value"); }}};
  Workload workload;
  workload.name = name;
  workload.client.make = [table](const ClientContext& context) { return MakeRpcClient(table, context); };
  std::vector<GeneratorPtr> parts;
  parts.push_back(Repeat("add", std::move(add)));
  parts.push_back(Repeat("read", MakeReadOp));
  workload.generator = Mix("mix", std::move(parts));
  workload.final_generator = EachThread("final", Repeat("final", MakeReadOp, 1, true));
  workload.census = table->census;
  return workload;
}

}  // namespace

const Protocol& GCounterProtocol() {
  static const Protocol* const protocol =
      new Protocol{"g-counter", "A counter that only grows: no addition may be lost, and none counted twice.",
                   Shapes("from 0 to 4")};
  return *protocol;
}

const Protocol& PnCounterProtocol() {
  static const Protocol* const protocol = new Protocol{
      "pn-counter", "A counter that grows and shrinks: no addition may be lost, and none counted twice.",
      Shapes("from -5 to 4")};
  return *protocol;
}

Workload MakeGCounter(const WorkloadOptions& options) {
  return MakeCounter("g-counter", GCounterProtocol(), MakeAddOp<0>, options);
}

Workload MakePnCounter(const WorkloadOptions& options) {
  return MakeCounter("pn-counter", PnCounterProtocol(), MakeAddOp<kLeast>, options);
}

}  // namespace gyre
