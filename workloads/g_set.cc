#include "workloads/g_set.h"

#include <memory>
#include <utility>

#include "workloads/rpc_client.h"

namespace gyre {
namespace {

enum : size_t { kAdd, kRead };  // places in the protocol

std::pair<Atom, Json> MakeAddOp(uint64_t index, const GeneratorContext&, Draw&) { return {"add", Json(index)}; }

std::pair<Atom, Json> MakeReadOp(uint64_t, const GeneratorContext&, Draw&) { return {"read", Json()}; }

}  // namespace

const Protocol& GSetProtocol() {
  static const Protocol* const protocol = new Protocol{
      "g-set",
      "A set that only grows: an element added at one node must come to be in the set at every node.",
      {{{"add", {{"element", FieldType::kAny, Presence::kRequired, "new; no element is added twice"}}},
        {"add_ok", {}},
        "asks to add an element."},
       {{"read", {}},
        {"read_ok",
         {{"value", FieldType::kArray, Presence::kRequired,
           "all elements that the node knows, in any order, each once"}}},
        "asks for all elements."}}};
  return *protocol;
}

Workload MakeGSet(const WorkloadOptions& options) {
  auto table = std::make_shared<RpcClientTable>();
  table->forgives = options.parity_maelstrom;
  table->protocol = &GSetProtocol();
  table->throws = options.parity_maelstrom;
  table->codecs = {{"add", kAdd, Repeatable::kOnce, [](const Json& value) { return Json::Object{{"element", value}}; },
                    [](const Json& value, Json) { return value; }},
                   {"read", kRead, Repeatable::kIdempotent, [](const Json&) { return Json::Object(); },
                    [](const Json&, Json reply) { return reply.Take("value"); }}};
  Workload workload;
  workload.name = "g-set";
  workload.client.make = [table](const ClientContext& context) { return MakeRpcClient(table, context); };
  std::vector<GeneratorPtr> parts;
  parts.push_back(Repeat("add", MakeAddOp));
  parts.push_back(Repeat("read", MakeReadOp));
  workload.generator = Mix("mix", std::move(parts));
  workload.final_generator = EachThread("final", Repeat("final", MakeReadOp, 1, true));
  workload.census = table->census;
  return workload;
}

}  // namespace gyre
