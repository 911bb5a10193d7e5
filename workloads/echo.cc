#include "workloads/echo.h"

#include <memory>
#include <utility>

#include "sim/base/concat.h"
#include "workloads/rpc_client.h"

namespace gyre {
namespace {

enum : size_t { kEcho };  // places in the protocol

constexpr uint64_t kGreetings = 128;

std::pair<Atom, Json> MakeOp(uint64_t, const GeneratorContext&, Draw& draw) {
  return {"echo", Concat("Please echo ", draw.Below(kGreetings))};
}

}  // namespace

const Protocol& EchoProtocol() {
  static const Protocol* const protocol = new Protocol{
      "echo",
      "A node answers with what it was sent.",
      {{{"echo", {{"echo", FieldType::kAny, Presence::kRequired, "anything"}}},
        {"echo_ok", {{"echo", FieldType::kAny, Presence::kRequired, "the same, unchanged"}}},
        "asks for the same back."}}};
  return *protocol;
}

Workload MakeEcho(const WorkloadOptions& options) {
  auto table = std::make_shared<RpcClientTable>();
  table->forgives = options.parity_maelstrom;
  table->protocol = &EchoProtocol();
  table->codecs = {{"echo", kEcho, Repeatable::kOnce,
                    [](const Json& value) { return Json::Object{{"echo", value}}; },
                    [](const Json&, Json reply) { return reply; }}};
  Workload workload;
  workload.name = "echo";
  workload.client.make = [table](const ClientContext& context) { return MakeRpcClient(table, context); };
  workload.generator = EachThread("echo", Repeat("echo", MakeOp));
  workload.census = table->census;
  return workload;
}

}  // namespace gyre
