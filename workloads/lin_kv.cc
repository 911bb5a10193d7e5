#include "workloads/lin_kv.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "workloads/key_groups.h"
#include "workloads/rpc_client.h"

namespace gyre {
namespace {

enum : size_t { kRead, kWrite, kCas };  // places in the protocol

constexpr uint64_t kValues = 5;

Json Small(Draw& draw) { return Json(draw.Below(kValues)); }

std::pair<Atom, Json> MakeReadOp(uint64_t, const GeneratorContext&, Draw&) { return {"read", Json()}; }

// Twice as many cas as writes, as most of them fail.
std::pair<Atom, Json> MakeWriteOp(uint64_t, const GeneratorContext&, Draw& draw) {
  if (draw.Below(3) == 0) return {"write", Small(draw)};
  Json from = Small(draw);
  return {"cas", Json::Array{std::move(from), Small(draw)}};
}

const Json& KeyOf(const Json& value) { return value.AsArray()[0]; }
const Json& RestOf(const Json& value) { return value.AsArray()[1]; }

std::vector<OpCodec> MakeCodecs() {
  const auto same = [](const Json& value, Json) { return value; };
  return {{"read", kRead, Repeatable::kIdempotent,
           [](const Json& value) { return Json::Object{{"key", KeyOf(value)}}; },
           [](const Json& value, Json reply) { return Json(Json::Array{KeyOf(value), reply.Take("value")}); }},
          {"write", kWrite, Repeatable::kOnce,
           [](const Json& value) { return Json::Object{{"key", KeyOf(value)}, {"value", RestOf(value)}}; }, same},
          {"cas", kCas, Repeatable::kOnce,
           [](const Json& value) {
             const Json::Array& pair = RestOf(value).AsArray();
             return Json::Object{{"key", KeyOf(value)}, {"from", pair[0]}, {"to", pair[1]}};
           },
           same}};
}

}  // namespace

const Protocol& LinKvProtocol() {
  static const Protocol* const protocol = new Protocol{
      "lin-kv",
      "A map that behaves as if there were one copy of it, and every operation took effect at one moment.",
      {{{"read", {{"key", FieldType::kAny, Presence::kRequired, "which value"}}},
        {"read_ok", {{"value", FieldType::kAny, Presence::kRequired, "what was written last"}}},
        "asks for a key's value. Error 20 if it has none."},
       {{"write",
         {{"key", FieldType::kAny, Presence::kRequired, "which value; it may be new"},
          {"value", FieldType::kAny, Presence::kRequired, "what it is to be"}}},
        {"write_ok", {}},
        "sets a key's value."},
       {{"cas",
         {{"key", FieldType::kAny, Presence::kRequired, "which value"},
          {"from", FieldType::kAny, Presence::kRequired, "what it must be"},
          {"to", FieldType::kAny, Presence::kRequired, "what it is to be then"}}},
        {"cas_ok", {}},
        "sets a key's value if it is `from`. Error 20 if it has none, 22 if it is another one."}}};
  return *protocol;
}

Workload MakeLinKv(const WorkloadOptions& options) {
  auto table = std::make_shared<RpcClientTable>();
  table->forgives = options.parity_maelstrom;
  table->protocol = &LinKvProtocol();
  table->codecs = MakeCodecs();
  Workload workload;
  workload.name = "lin-kv";
  workload.client.make = [table](const ClientContext& context) { return MakeRpcClient(table, context); };
  workload.client.reusable = true;
  workload.client.rpc_timeout = std::max(options.mean_latency * 10, Milliseconds(1000));
  KeyGroupsOptions groups;
  groups.group_size = 2 * static_cast<uint32_t>(options.nodes.size());
  groups.read = MakeReadOp;
  groups.write = MakeWriteOp;
  workload.generator = KeyGroups("lin-kv", std::move(groups));
  workload.census = table->census;
  return workload;
}

}  // namespace gyre
