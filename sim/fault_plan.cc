#include "sim/fault_plan.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr char kStream[] = "fault";

std::vector<const PartitionKind*> KindsOf(const PartitionOptions& options) {
  std::vector<const PartitionKind*> kinds;
  for (const std::string& name : options.kinds) {
    kinds.push_back(FindPartitionKind(name));
    CHECK_THAT(kinds.back() != nullptr, name);
  }
  if (!kinds.empty()) return kinds;
  for (const PartitionKind& kind : PartitionKinds()) {
    if (kind.in_maelstrom) kinds.push_back(&kind);
  }
  return kinds;
}

absl::Status Wrong(std::string_view why) {
  return absl::InvalidArgumentError(Concat(
      "a fault ", why, R"(; expected {"at": 0, "f": "start-partition", "kind": "one", "grudge": {"n1": ["n2"]}} or )",
      R"({"at": 0, "f": "stop-partition"})"));
}

// Names of nodes, each known; false if there is anything else.
bool ReadNames(const Json& json, const std::vector<std::string>& nodes, std::vector<std::string>* names) {
  if (!json.is_array()) return false;
  for (const Json& name : json.AsArray()) {
    if (!name.is_string() || std::find(nodes.begin(), nodes.end(), name.AsString()) == nodes.end()) return false;
    names->push_back(name.AsString());
  }
  return true;
}

}  // namespace

std::string_view ToString(FaultType type) {
  switch (type) {
    case FaultType::kStartPartition:
      return "start-partition";
    case FaultType::kStopPartition:
      return "stop-partition";
  }
  CHECK(false);
}

std::vector<Fault> PlanPartitions(uint64_t seed, const std::vector<std::string>& nodes,
                                  const PartitionOptions& options, Duration time_limit) {
  const std::vector<const PartitionKind*> kinds = KindsOf(options);
  std::vector<Fault> plan;
  Duration at;
  for (uint64_t i = 0; at < time_limit; ++i) {
    Draw draw(seed, kStream, Key("partition").Add(i).hash());
    // The gap comes first, so that it does not depend on how many words the kind takes.
    const uint64_t bound = static_cast<uint64_t>(std::max<int64_t>(2 * options.interval.ns(), 1));
    const Duration gap(static_cast<int64_t>(draw.Below(bound)));
    Fault fault;
    fault.at = at;
    if (i % 2 == 0) {
      const PartitionKind& kind = *kinds[draw.Below(kinds.size())];
      fault.kind = kind.name;
      fault.grudge = kind.make(nodes, draw);
    } else {
      fault.type = FaultType::kStopPartition;
    }
    plan.push_back(std::move(fault));
    // Never two at one instant: an interval of nothing would have no end.
    at = at + std::max(gap, Microseconds(1));
  }
  return plan;
}

Json ToJson(const Grudge& grudge) {
  Json::Object json;
  for (const auto& [node, dropped] : grudge) {
    Json::Array names;
    for (const std::string& name : dropped) names.emplace_back(name);
    json.emplace_back(node, std::move(names));
  }
  return json;
}

Json ToJson(const Fault& fault) {
  Json json = Json::ObjectOf({{"at", fault.at.ns()}, {"f", ToString(fault.type)}});
  if (fault.type == FaultType::kStartPartition) {
    json.Set("kind", fault.kind);
    json.Set("grudge", ToJson(fault.grudge));
  }
  return json;
}

absl::StatusOr<Fault> FaultFromJson(const Json& json, const std::vector<std::string>& nodes) {
  Fault fault;
  const Json* at = json.Find("at");
  if (at == nullptr || !at->is_int() || at->AsInt() < 0) return Wrong("has no \"at\" of nanoseconds from 0");
  fault.at = Duration(at->AsInt());
  const Json* f = json.Find("f");
  if (f != nullptr && *f == Json(ToString(FaultType::kStopPartition))) {
    fault.type = FaultType::kStopPartition;
    return fault;
  }
  if (f == nullptr || *f != Json(ToString(FaultType::kStartPartition))) return Wrong("has no \"f\" that gyre knows");
  const Json* kind = json.Find("kind");
  const Json* grudge = json.Find("grudge");
  if (kind == nullptr || !kind->is_string()) return Wrong("has no \"kind\"");
  if (grudge == nullptr || !grudge->is_object()) return Wrong("has no \"grudge\"");
  fault.kind = kind->AsString();
  for (const auto& [node, dropped] : grudge->AsObject()) {
    std::vector<std::string> names;
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end() || !ReadNames(dropped, nodes, &names)) {
      return Wrong("has a \"grudge\" that is not about the run's nodes");
    }
    fault.grudge.emplace_back(node, std::move(names));
  }
  return fault;
}

}  // namespace gyre
