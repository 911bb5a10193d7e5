#include "workloads/broadcast.h"

#include <memory>
#include <string>
#include <utility>

#include "sim/base/check.h"
#include "workloads/rpc_client.h"

namespace gyre {
namespace {

enum : size_t { kTopology, kBroadcast, kRead };  // places in the protocol

using Nodes = std::vector<std::string>;

// {node: [nodes[i] for i in neighbours(place of node), where there is such a node], ...}
template <typename Neighbours>
Json MakeTopology(const Nodes& nodes, const Neighbours& neighbours) {
  const int64_t count = static_cast<int64_t>(nodes.size());
  Json::Object topology;
  for (int64_t i = 0; i < count; ++i) {
    Json::Array names;
    for (const int64_t neighbour : neighbours(i)) {
      if (neighbour >= 0 && neighbour < count) names.push_back(nodes[static_cast<size_t>(neighbour)]);
    }
    topology.emplace_back(nodes[static_cast<size_t>(i)], std::move(names));
  }
  return topology;
}

Json MakeLine(const Nodes& nodes) {
  return MakeTopology(nodes, [](int64_t i) { return std::vector<int64_t>{i - 1, i + 1}; });
}

// Rows of a square as small as holds all nodes; the last rows may be missing or short.
Json MakeGrid(const Nodes& nodes) {
  int64_t side = 0;
  while (side * side < static_cast<int64_t>(nodes.size())) ++side;
  return MakeTopology(nodes, [side](int64_t i) {
    std::vector<int64_t> neighbours{i + side, i - side};
    if (i % side + 1 < side) neighbours.push_back(i + 1);
    if (i % side > 0) neighbours.push_back(i - 1);
    return neighbours;
  });
}

// Breadth first: the children of i are the `branching` nodes from branching * i + 1 on.
template <int64_t branching>
Json MakeTree(const Nodes& nodes) {
  return MakeTopology(nodes, [](int64_t i) {
    std::vector<int64_t> neighbours{i == 0 ? -1 : (i - 1) / branching};
    for (int64_t child = 1; child <= branching; ++child) neighbours.push_back(branching * i + child);
    return neighbours;
  });
}

Json MakeTotal(const Nodes& nodes) {
  const int64_t count = static_cast<int64_t>(nodes.size());
  return MakeTopology(nodes, [count](int64_t i) {
    std::vector<int64_t> neighbours;
    for (int64_t other = 0; other < count; ++other) {
      if (other != i) neighbours.push_back(other);
    }
    return neighbours;
  });
}

constexpr TopologyKind kTopologies[] = {
    {"grid", MakeGrid},
    {"line", MakeLine},
    {"total", MakeTotal},
    {"tree", MakeTree<2>},
    {"tree2", MakeTree<2>},
    {"tree3", MakeTree<3>},
    {"tree4", MakeTree<4>},
};

std::pair<Atom, Json> MakeBroadcastOp(uint64_t index, const GeneratorContext&, Draw&) {
  return {"broadcast", Json(index)};
}

std::pair<Atom, Json> MakeReadOp(uint64_t, const GeneratorContext&, Draw&) { return {"read", Json()}; }

GeneratorPtr MakeGenerator() {
  std::vector<GeneratorPtr> parts;
  parts.push_back(Repeat("broadcast", MakeBroadcastOp));
  parts.push_back(Repeat("read", MakeReadOp));
  return Mix("mix", std::move(parts));
}

std::vector<OpCodec> MakeCodecs() {
  return {{"broadcast", kBroadcast, Repeatable::kOnce,
           [](const Json& value) { return Json::Object{{"message", value}}; },
           [](const Json& value, Json) { return value; }},
          {"read", kRead, Repeatable::kIdempotent, [](const Json&) { return Json::Object(); },
           [](const Json&, Json reply) { return reply.Take("messages"); }}};
}

}  // namespace

absl::Span<const TopologyKind> Topologies() { return kTopologies; }

const TopologyKind* FindTopology(std::string_view name) {
  for (const TopologyKind& kind : kTopologies) {
    if (name == kind.name) return &kind;
  }
  return nullptr;
}

const Protocol& BroadcastProtocol() {
  static const Protocol* const protocol = new Protocol{
      "broadcast",
      "A message told to one node must become known to every node.",
      {{{"topology",
         {{"topology", FieldType::kNodeLists, Presence::kRequired,
           "for each node its neighbours: a suggestion, a node may talk to any other"}}},
        {"topology_ok", {}},
        "comes to each node once, after init."},
       {{"broadcast", {{"message", FieldType::kAny, Presence::kRequired, "new; no message is broadcast twice"}}},
        {"broadcast_ok", {}},
        "asks to make a message known everywhere."},
       {{"read", {}},
        {"read_ok",
         {{"messages", FieldType::kArray, Presence::kRequired,
           "all messages that the node knows, in any order, each once"}}},
        "asks for all messages."}}};
  return *protocol;
}

Workload MakeBroadcast(const WorkloadOptions& options) {
  const TopologyKind* kind = FindTopology(options.topology);
  CHECK_THAT(kind != nullptr, options.topology);
  auto table = std::make_shared<RpcClientTable>();
  table->forgives = options.parity_maelstrom;
  table->protocol = &BroadcastProtocol();
  table->codecs = MakeCodecs();
  Workload workload;
  workload.name = "broadcast";
  workload.client.make = [table](const ClientContext& context) { return MakeRpcClient(table, context); };
  workload.generator = MakeGenerator();
  workload.final_generator = EachThread("final", Repeat("final", MakeReadOp, 1, true));
  const RpcShape& setup = BroadcastProtocol().rpcs[kTopology];
  const Json topology = kind->make(options.nodes);
  for (const std::string& node : options.nodes) {
    Json body = Json::ObjectOf({{"type", setup.request.type}, {"topology", topology}});
    workload.setup.push_back({node, std::move(body), setup.reply.type});
  }
  workload.census = table->census;
  return workload;
}

}  // namespace gyre
