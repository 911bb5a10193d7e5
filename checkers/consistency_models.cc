#include "checkers/consistency_models.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "absl/strings/str_split.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

struct ModelRow {
  const char* name;
  const char* friendly;  // what people call it
  const char* implies;   // directly; separated by spaces, as all lists here
  const char* forbids;   // itself, beside what the models that it implies forbid
};

// Those that forbid nothing here are there to be named. unwritten-read is ours, and so are the cycles
// of commit orders (weak_isolation.h, register_saturation.h).
constexpr ModelRow kModels[] = {
    {"1SR", "1SR", "", ""},
    {"PL-1", "read-uncommitted", "", "G0 PL-1-cycle-exists cyclic-versions duplicate-elements unwritten-read"},
    {"PL-2", "read-committed", "PL-1", "G1 PL-2-cycle-exists"},
    {"PL-2+", "consistent-view", "PL-2L PL-CS", "G-single G1"},
    {"PL-2.99", "repeatable-read", "PL-CS monotonic-atomic-view",
     "G1 G2-item PL-2.99-cycle-exists lost-update serializable-cycle"},
    {"PL-2L", "monotonic-view", "PL-2", "G-monotonic G1"},
    {"PL-3", "serializable", "PL-2.99 PL-3U PL-SI view-serializable",
     "G1 G2 PL-3-cycle-exists internal predicate-read-miss"},
    {"PL-3U", "update-serializable", "PL-FCV", "G-update G1"},
    {"PL-CS", "cursor-stability", "PL-2", "G-cursor G1 lost-update"},
    {"PL-FCV", "forward-consistent-view", "PL-2+", "G-SIb G1"},
    {"PL-MSR", "monotonic-snapshot-read", "PL-2", "G-MSR G1"},
    {"PL-SI", "snapshot-isolation", "PL-FCV PL-MSR monotonic-atomic-view parallel-snapshot-isolation prefix",
     "G-SI G-nonadjacent G1 PL-SI-cycle-exists internal"},
    {"PL-SS", "strong-serializable",
     "PL-3 PL-SI linearizable session-serializable strong-session-serializable strong-snapshot-isolation",
     "G1 G1c-realtime G2-realtime PL-SS-cycle-exists serializable-cycle-realtime"},
    {"PRAM", "PRAM", "monotonic-reads monotonic-writes read-your-writes", ""},
    {"causal", "causal", "PRAM writes-follow-reads", ""},
    {"causal-cerone", "causal-cerone", "read-atomic", "G1a causal-cycle internal"},
    {"linearizable", "linearizable", "sequential", ""},
    {"monotonic-atomic-view", "monotonic-atomic-view", "PL-2", "read-committed-cycle"},
    {"monotonic-reads", "monotonic-reads", "", ""},
    {"monotonic-writes", "monotonic-writes", "", ""},
    {"parallel-snapshot-isolation", "parallel-snapshot-isolation", "causal-cerone update-atomic", "G1a internal"},
    {"prefix", "prefix", "causal-cerone", "G1a internal"},
    {"read-atomic", "read-atomic", "monotonic-atomic-view", "G1a future-read internal read-atomic-cycle"},
    {"read-your-writes", "read-your-writes", "", ""},
    {"sequential", "sequential", "causal", ""},
    {"session-serializable", "session-serializable", "1SR", ""},
    {"strong-PL-1", "strong-read-uncommitted", "strong-session-PL-1", "G0-realtime strong-PL-1-cycle-exists"},
    {"strong-PL-2", "strong-read-committed", "strong-PL-1 strong-session-PL-2",
     "G1c-realtime strong-PL-2-cycle-exists"},
    {"strong-session-PL-1", "strong-session-read-uncommitted", "PL-1", "G0-process strong-session-PL-1-cycle-exists"},
    {"strong-session-PL-2", "strong-session-read-committed", "PL-2 strong-session-PL-1",
     "G1c-process strong-session-PL-2-cycle-exists"},
    {"strong-session-serializable", "strong-session-serializable", "PL-3 strong-session-snapshot-isolation",
     "G1-process G2-process serializable-cycle-process strong-session-serializable-cycle-exists"},
    {"strong-session-snapshot-isolation", "strong-session-snapshot-isolation", "PL-SI strong-session-PL-2",
     "G-nonadjacent-process G1-process causal-cycle-process internal read-atomic-cycle-process "
     "read-committed-cycle-process strong-session-snapshot-isolation-cycle-exists"},
    {"strong-snapshot-isolation", "strong-snapshot-isolation", "strong-PL-2 strong-session-snapshot-isolation",
     "G-nonadjacent-realtime G1-realtime internal strong-snapshot-isolation-cycle-exists"},
    {"update-atomic", "update-atomic", "read-atomic", "lost-update"},
    {"view-serializable", "view-serializable", "", ""},
    {"writes-follow-reads", "writes-follow-reads", "", ""},
};

// Other names of models. The friendly ones are there too.
constexpr struct {
  const char* name;
  const char* model;
} kOtherNames[] = {{"conflict-serializable", "PL-3"}, {"strict-serializable", "PL-SS"}};

// What each anomaly is a special case of, directly.
constexpr struct {
  const char* anomaly;
  const char* implies;
} kAnomalies[] = {
    {"G-nonadjacent", "G-nonadjacent-process G2"},
    {"G-nonadjacent-item", "G-nonadjacent G-nonadjacent-item-process G2-item"},
    {"G-nonadjacent-item-process", "G-nonadjacent-item-realtime G-nonadjacent-process G2-item-process"},
    {"G-nonadjacent-item-realtime", "G-nonadjacent-realtime G2-item-realtime"},
    {"G-nonadjacent-process", "G-nonadjacent-realtime G2-process"},
    {"G-nonadjacent-realtime", "G2-realtime"},
    {"G-single", "G-nonadjacent G-single-process GSIb"},
    {"G-single-item", "G-nonadjacent-item G-single G-single-item-process"},
    {"G-single-item-process", "G-nonadjacent-item-process G-single-item-realtime G-single-process"},
    {"G-single-item-realtime", "G-nonadjacent-item-realtime G-single-realtime"},
    {"G-single-process", "G-nonadjacent-process G-single-realtime"},
    {"G-single-realtime", "G-nonadjacent-realtime"},
    {"G0", "G0-process G1c"},
    {"G0-process", "G0-realtime G1c-process"},
    {"G0-realtime", "G1c-realtime"},
    {"G1", "G1-process"},
    {"G1-process", "G1-realtime"},
    {"G1a", "G1"},
    {"G1b", "G1"},
    {"G1c", "G1 G1c-process"},
    {"G1c-process", "G1-process G1c-realtime"},
    {"G1c-realtime", "G1-realtime"},
    {"G2", "G2-process"},
    {"G2-item", "G2 G2-item-process"},
    {"G2-item-process", "G2-item-realtime G2-process"},
    {"G2-item-realtime", "G2-realtime"},
    {"G2-process", "G2-realtime"},
    {"GSIa", "GSI"},
    {"GSIb", "GSI"},
    {"dirty-update", "G1a"},
    {"future-read", "G1c"},
    {"incompatible-order", "G1a"},
    {"lost-update", "G2-item write-skew"},
    {"write-skew", "G2"},
};

// What models forbid beside that if the order of processes is part of them.
constexpr struct {
  const char* model;
  const char* forbids;
} kForbiddenWithSessions[] = {
    {"PL-2", "read-committed-cycle read-committed-cycle-process"},
    {"causal",
     "G1a causal-cycle causal-cycle-process internal read-atomic-cycle read-atomic-cycle-process read-committed-cycle "
     "read-committed-cycle-process"},
    {"causal-cerone", "causal-cycle-process"},
    {"read-atomic", "read-atomic-cycle-process"},
};

using Names = std::vector<std::string>;
// Arrows from a name to names, both ways.
struct Arrows {
  std::map<std::string, Names, std::less<>> out;
  std::map<std::string, Names, std::less<>> in;
};

Names Words(const char* text) { return absl::StrSplit(text, ' ', absl::SkipEmpty()); }

void Add(std::string_view from, const char* to, Arrows* arrows) {
  for (const std::string& each : Words(to)) {
    arrows->out[std::string(from)].push_back(each);
    arrows->in[each].emplace_back(from);
  }
}

// All that can be reached, the start included.
AnomalySet Reach(const std::map<std::string, Names, std::less<>>& arrows, const AnomalySet& start) {
  AnomalySet reached = start;
  std::vector<std::string> left(start.begin(), start.end());
  while (!left.empty()) {
    const auto next = arrows.find(left.back());
    left.pop_back();
    if (next == arrows.end()) continue;
    for (const std::string& name : next->second) {
      if (reached.insert(name).second) left.push_back(name);
    }
  }
  return reached;
}

// Models as bits, by their rows.
using ModelSet = uint64_t;
static_assert(std::size(kModels) <= 64);

struct Lattice {
  Arrows models;
  Arrows anomalies;
  Arrows forbids;  // from models to anomalies
  std::map<std::string, ModelSet, std::less<>> ruled_out_by;  // by anomaly
  std::vector<ModelSet> weaker;                               // by model: those that it implies
  std::map<std::string, std::string, std::less<>> canonical;
};

AnomalySet Follow(const std::map<std::string, Names, std::less<>>& arrows, const AnomalySet& names) {
  AnomalySet all;
  for (const std::string& name : names) {
    if (const auto next = arrows.find(name); next != arrows.end()) all.insert(next->second.begin(), next->second.end());
  }
  return all;
}

ModelSet BitsOf(const AnomalySet& models) {
  ModelSet bits = 0;
  for (size_t i = 0; i < std::size(kModels); ++i) {
    if (models.contains(kModels[i].name)) bits |= ModelSet{1} << i;
  }
  return bits;
}

void AddClosures(Lattice* lattice) {
  for (const ModelRow& row : kModels) {
    AnomalySet weaker = Reach(lattice->models.out, {row.name});
    weaker.erase(row.name);
    lattice->weaker.push_back(BitsOf(weaker));
  }
  AnomalySet anomalies;
  for (const Arrows* arrows : {&lattice->anomalies, &lattice->forbids}) {
    for (const auto& [anomaly, from] : arrows->in) anomalies.insert(anomaly);
  }
  for (const auto& [anomaly, to] : lattice->anomalies.out) anomalies.insert(anomaly);
  for (const std::string& anomaly : anomalies) {
    const AnomalySet direct = Follow(lattice->forbids.in, Reach(lattice->anomalies.out, {anomaly}));
    lattice->ruled_out_by[anomaly] = BitsOf(Reach(lattice->models.in, direct));
  }
}

const Lattice* MakeLattice(Sessions sessions) {
  auto* made = new Lattice;
  for (const ModelRow& row : kModels) {
    Add(row.name, row.implies, &made->models);
    Add(row.name, row.forbids, &made->forbids);
    made->canonical[row.name] = row.name;
    made->canonical[row.friendly] = row.name;
  }
  for (const auto& [name, model] : kOtherNames) made->canonical[name] = model;
  for (const auto& [anomaly, implies] : kAnomalies) Add(anomaly, implies, &made->anomalies);
  if (sessions == Sessions::kInAllModels) {
    for (const auto& [model, forbids] : kForbiddenWithSessions) Add(model, forbids, &made->forbids);
  }
  AddClosures(made);
  return made;
}

const Lattice& TheLattice(Sessions sessions = Sessions::kApart) {
  static const Lattice* const apart = MakeLattice(Sessions::kApart);
  static const Lattice* const in_all = MakeLattice(Sessions::kInAllModels);
  return sessions == Sessions::kApart ? *apart : *in_all;
}

ModelSet RuledOutBits(const AnomalySet& anomalies, Sessions sessions) {
  const auto& ruled_out_by = TheLattice(sessions).ruled_out_by;
  ModelSet bits = 0;
  for (const std::string& anomaly : anomalies) {
    if (const auto found = ruled_out_by.find(anomaly); found != ruled_out_by.end()) bits |= found->second;
  }
  return bits;
}

}  // namespace

absl::Span<const std::string_view> ConsistencyModelNames() {
  static const auto* const names = [] {
    auto* all = new std::vector<std::string_view>;
    for (const auto& [name, model] : TheLattice().canonical) all->push_back(name);
    return all;
  }();
  return *names;
}

AnomalySet ProhibitedAnomalies(const std::vector<std::string>& models, const std::vector<std::string>& anomalies,
                               Sessions sessions) {
  const Lattice& lattice = TheLattice(sessions);
  AnomalySet canonical;
  for (const std::string& model : models) {
    const auto found = lattice.canonical.find(model);
    canonical.insert(found == lattice.canonical.end() ? model : found->second);
  }
  AnomalySet forbidden = Follow(lattice.forbids.out, Reach(lattice.models.out, canonical));
  forbidden.insert(anomalies.begin(), anomalies.end());
  return Reach(lattice.anomalies.in, forbidden);
}

AnomalySet ImpliedAnomalies(std::string_view anomaly) {
  return Reach(TheLattice().anomalies.out, {std::string(anomaly)});
}

bool ShowsNothingNew(const AnomalySet& anomalies, std::string_view anomaly, Sessions sessions) {
  const auto& ruled_out_by = TheLattice(sessions).ruled_out_by;
  const auto found = ruled_out_by.find(anomaly);
  return found == ruled_out_by.end() || (found->second & ~RuledOutBits(anomalies, sessions)) == 0;
}

ModelBoundary RuledOut(const AnomalySet& anomalies, Sessions sessions) {
  const Lattice& lattice = TheLattice(sessions);
  const ModelSet impossible = RuledOutBits(anomalies, sessions);
  ModelBoundary boundary;
  for (size_t i = 0; i < std::size(kModels); ++i) {
    if ((impossible >> i & 1) == 0) continue;
    ((lattice.weaker[i] & impossible) == 0 ? boundary.weakest : boundary.others).emplace_back(kModels[i].friendly);
  }
  std::sort(boundary.weakest.begin(), boundary.weakest.end());
  std::sort(boundary.others.begin(), boundary.others.end());
  return boundary;
}

}  // namespace gyre
