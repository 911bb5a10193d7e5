#include "workloads/unique_ids.h"

#include <memory>
#include <utility>

#include "workloads/rpc_client.h"

namespace gyre {
namespace {

enum : size_t { kGenerate };  // places in the protocol

std::pair<Atom, Json> MakeOp(uint64_t, const GeneratorContext&, Draw&) { return {"generate", Json()}; }

}  // namespace

const Protocol& UniqueIdsProtocol() {
  static const Protocol* const protocol = new Protocol{
      "unique-ids",
      "Nodes give out ids; no two may be equal, whichever node gave them and whenever.",
      {{{"generate", {}},
        {"generate_ok",
         {{"id", FieldType::kAny, Presence::kRequired,
           "any JSON; integers beyond 2^53 do not survive every JSON library, strings do"}}},
        "asks for a new id."}}};
  return *protocol;
}

Workload MakeUniqueIds(const WorkloadOptions& options) {
  auto table = std::make_shared<RpcClientTable>();
  table->forgives = options.parity_maelstrom;
  table->protocol = &UniqueIdsProtocol();
  table->codecs = {{"generate", kGenerate, Repeatable::kOnce, [](const Json&) { return Json::Object(); },
                    [](const Json&, Json reply) { return reply.Take("id"); }}};
  Workload workload;
  workload.name = "unique-ids";
  workload.client.make = [table](const ClientContext& context) { return MakeRpcClient(table, context); };
  workload.client.reusable = true;
  workload.generator = Repeat("generate", MakeOp);
  workload.census = table->census;
  return workload;
}

}  // namespace gyre
