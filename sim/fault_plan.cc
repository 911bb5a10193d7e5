#include "sim/fault_plan.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr char kStream[] = "fault";

constexpr std::pair<FaultType, const char*> kTypeNames[] = {
    {FaultType::kKill, "kill"},   {FaultType::kPause, "pause"},
    {FaultType::kResume, "resume"}, {FaultType::kStart, "start"},
    {FaultType::kStartPartition, "start-partition"}, {FaultType::kStopPartition, "stop-partition"},
};

constexpr NodeChoice kNodeChoices[] = {
    {"all", [](size_t nodes) { return nodes; }},
    {"majority", [](size_t nodes) { return nodes / 2 + 1; }},
    {"minority", [](size_t nodes) { return std::max<size_t>((nodes - 1) / 2, 1); }},
    {"one", [](size_t) { return size_t{1}; }},
};

constexpr Nemesis kNemeses[] = {
    {"kill", FaultType::kKill, FaultType::kStart},
    {"partition", FaultType::kStartPartition, FaultType::kStopPartition},
    {"pause", FaultType::kPause, FaultType::kResume},
};

const Nemesis& NemesisOf(std::string_view name) {
  for (const Nemesis& nemesis : kNemeses) {
    if (nemesis.name == name) return nemesis;
  }
  CHECK_THAT(false, std::string(name));
}

std::vector<const PartitionKind*> KindsOf(const NemesisOptions& options) {
  std::vector<const PartitionKind*> kinds;
  for (const std::string& name : options.partition_kinds) {
    kinds.push_back(FindPartitionKind(name));
    CHECK_THAT(kinds.back() != nullptr, name);
  }
  if (!kinds.empty()) return kinds;
  for (const PartitionKind& kind : PartitionKinds()) {
    if (kind.in_maelstrom) kinds.push_back(&kind);
  }
  return kinds;
}

// `count` of the nodes, drawn, in list order.
std::vector<std::string> Choose(const std::vector<std::string>& nodes, size_t count, Draw& draw) {
  std::vector<size_t> places(nodes.size());
  for (size_t i = 0; i < places.size(); ++i) places[i] = i;
  Shuffle(places, draw);
  places.resize(count);
  std::sort(places.begin(), places.end());
  std::vector<std::string> chosen;
  for (const size_t place : places) chosen.push_back(nodes[place]);
  return chosen;
}

// Draws what the fault is to be, whose type and time are set.
void Draft(const std::vector<std::string>& nodes, const NemesisOptions& options, Draw& draw, Fault* fault) {
  switch (fault->type) {
    case FaultType::kKill:
    case FaultType::kPause: {
      const NodeChoice& choice = kNodeChoices[draw.Below(std::size(kNodeChoices))];
      fault->kind = choice.name;
      fault->nodes = Choose(nodes, choice.count(nodes.size()), draw);
      return;
    }
    case FaultType::kStart:
      if (options.restart_files == "wiped") fault->files = Files::kEmpty;
      if (options.restart_files == "either" && draw.Below(2) == 1) fault->files = Files::kEmpty;
      return;
    case FaultType::kStartPartition: {
      const std::vector<const PartitionKind*> kinds = KindsOf(options);
      const PartitionKind& kind = *kinds[draw.Below(kinds.size())];
      fault->kind = kind.name;
      fault->grudge = kind.make(nodes, draw);
      return;
    }
    case FaultType::kResume:
    case FaultType::kStopPartition:
      return;
  }
}

constexpr char kExpected[] =
    R"(; expected {"at": 0, "f": "start-partition", "kind": "one", "grudge": {"n1": ["n2"]}}, )"
    R"({"at": 0, "f": "stop-partition"}, {"at": 0, "f": "kill", "kind": "one", "nodes": ["n1"]}, )"
    R"({"at": 0, "f": "start", "files": "kept"}, or the like of a kill and a start with "pause" and "resume")";

absl::Status Wrong(std::string_view why) { return absl::InvalidArgumentError(Concat("a fault ", why, kExpected)); }

// Names of nodes, each known; false if there is anything else.
bool ReadNames(const Json* json, const std::vector<std::string>& nodes, std::vector<std::string>* names) {
  if (json == nullptr || !json->is_array()) return false;
  for (const Json& name : json->AsArray()) {
    if (!name.is_string() || std::find(nodes.begin(), nodes.end(), name.AsString()) == nodes.end()) return false;
    names->push_back(name.AsString());
  }
  return true;
}

Json ToJson(const std::vector<std::string>& names) {
  Json::Array array;
  for (const std::string& name : names) array.emplace_back(name);
  return array;
}

absl::Status ReadGrudge(const Json* json, const std::vector<std::string>& nodes, Grudge* grudge) {
  if (json == nullptr || !json->is_object()) return Wrong("has no \"grudge\"");
  for (const auto& [node, dropped] : json->AsObject()) {
    std::vector<std::string> names;
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end() || !ReadNames(&dropped, nodes, &names)) {
      return Wrong("has a \"grudge\" that is not about the run's nodes");
    }
    grudge->emplace_back(node, std::move(names));
  }
  return absl::OkStatus();
}

absl::Status ReadFiles(const Json* json, Files* files) {
  if (json != nullptr && *json == Json("kept")) *files = Files::kKept;
  else if (json != nullptr && *json == Json("wiped")) *files = Files::kEmpty;
  else return Wrong("has no \"files\" that are kept or wiped");
  return absl::OkStatus();
}

absl::Status ReadKind(const Json* json, std::string* kind) {
  if (json == nullptr || !json->is_string()) return Wrong("has no \"kind\"");
  *kind = json->AsString();
  return absl::OkStatus();
}

}  // namespace

std::string_view ToString(FaultType type) {
  for (const auto& [each, name] : kTypeNames) {
    if (each == type) return name;
  }
  CHECK(false);
}

absl::Span<const NodeChoice> NodeChoices() { return kNodeChoices; }
absl::Span<const Nemesis> Nemeses() { return kNemeses; }

std::vector<Fault> PlanFaults(uint64_t seed, const std::vector<std::string>& nodes, const NemesisOptions& options,
                              Duration time_limit) {
  std::vector<Fault> plan;
  const uint64_t bound = static_cast<uint64_t>(std::max<int64_t>(2 * options.interval.ns(), 1));
  for (const std::string& name : options.faults) {
    const Nemesis& nemesis = NemesisOf(name);
    Duration at;
    for (uint64_t i = 0; at < time_limit; ++i) {
      Draw draw(seed, kStream, Key(name).Add(i).hash());
      // The gap comes first, so that it does not depend on how many words the rest takes.
      const Duration gap(static_cast<int64_t>(draw.Below(bound)));
      Fault fault;
      fault.at = at;
      fault.type = i % 2 == 0 ? nemesis.begins : nemesis.ends;
      Draft(nodes, options, draw, &fault);
      plan.push_back(std::move(fault));
      // Never two at one instant: an interval of nothing would have no end.
      at = at + std::max(gap, Microseconds(1));
    }
  }
  std::stable_sort(plan.begin(), plan.end(), [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return plan;
}

std::string FaultName(const Fault& fault) {
  if (fault.type == FaultType::kStart && fault.files == Files::kEmpty) return "wipe";
  for (const Nemesis& nemesis : kNemeses) {
    if (nemesis.begins == fault.type) return Concat(nemesis.name, " ", fault.kind);
  }
  return "";
}

std::vector<std::string> FaultNames(const NemesisOptions& options) {
  std::vector<std::string> names;
  for (const std::string& name : options.faults) {
    const Nemesis& nemesis = NemesisOf(name);
    if (nemesis.begins == FaultType::kStartPartition) {
      for (const PartitionKind* kind : KindsOf(options)) names.push_back(Concat(name, " ", kind->name));
    } else {
      for (const NodeChoice& choice : kNodeChoices) names.push_back(Concat(name, " ", choice.name));
    }
    if (nemesis.begins == FaultType::kKill && options.restart_files != "kept") names.emplace_back("wipe");
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Fault> Healing(const std::vector<Fault>& plan, Duration at) {
  std::vector<Fault> healing;
  for (const Nemesis& nemesis : kNemeses) {
    const auto begins = [&](const Fault& fault) { return fault.type == nemesis.begins; };
    if (std::none_of(plan.begin(), plan.end(), begins)) continue;
    Fault heal;
    heal.at = at;
    heal.type = nemesis.ends;
    healing.push_back(std::move(heal));
  }
  return healing;
}

Json ToJson(const Grudge& grudge) {
  Json::Object json;
  for (const auto& [node, dropped] : grudge) json.emplace_back(node, ToJson(dropped));
  return json;
}

Json ToJson(const Fault& fault) {
  Json json = Json::ObjectOf({{"at", fault.at.ns()}, {"f", ToString(fault.type)}});
  if (!fault.kind.empty()) json.Set("kind", fault.kind);
  if (fault.type == FaultType::kStartPartition) json.Set("grudge", ToJson(fault.grudge));
  if (fault.type == FaultType::kKill || fault.type == FaultType::kPause) json.Set("nodes", ToJson(fault.nodes));
  if (fault.type == FaultType::kStart) json.Set("files", fault.files == Files::kKept ? "kept" : "wiped");
  return json;
}

absl::StatusOr<Fault> FaultFromJson(const Json& json, const std::vector<std::string>& nodes) {
  Fault fault;
  const Json* at = json.Find("at");
  if (at == nullptr || !at->is_int() || at->AsInt() < 0) return Wrong("has no \"at\" of nanoseconds from 0");
  fault.at = Duration(at->AsInt());
  const Json* f = json.Find("f");
  const auto named = std::find_if(std::begin(kTypeNames), std::end(kTypeNames),
                                  [&](const auto& row) { return f != nullptr && *f == Json(row.second); });
  if (named == std::end(kTypeNames)) return Wrong("has no \"f\" that gyre knows");
  fault.type = named->first;
  absl::Status status;
  switch (fault.type) {
    case FaultType::kKill:
    case FaultType::kPause:
      status = ReadKind(json.Find("kind"), &fault.kind);
      if (status.ok() && !ReadNames(json.Find("nodes"), nodes, &fault.nodes)) {
        status = Wrong("has no \"nodes\" that are the run's");
      }
      break;
    case FaultType::kStart:
      status = ReadFiles(json.Find("files"), &fault.files);
      break;
    case FaultType::kStartPartition:
      status = ReadKind(json.Find("kind"), &fault.kind);
      if (status.ok()) status = ReadGrudge(json.Find("grudge"), nodes, &fault.grudge);
      break;
    case FaultType::kResume:
    case FaultType::kStopPartition:
      break;
  }
  if (!status.ok()) return status;
  return fault;
}

}  // namespace gyre
