// Consistency models and the anomalies that they forbid: Elle's lattice, after Adya ("Weak Consistency", 1999),
// Bailis et al. ("Highly Available Transactions", 2013) and Cerone et al. ("A Framework for Transactional Consistency
// Models with Atomic Visibility", 2015). Constant; any thread.
//
// A model that implies another forbids all that the other one does. An anomaly that implies another is a special case
// of it: whoever forbids the other forbids it too.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace gyre {

using AnomalySet = std::set<std::string, std::less<>>;

// All that a checker of transactions can be asked for: the names that people use, and Adya's. Alphabetical, as bytes
// compare.
absl::Span<const std::string_view> ConsistencyModelNames();

// Whether the order of each process's transactions is part of every model, as in Biswas and Enea's definitions, or
// only of those whose names say so. With it read committed is stronger, too: who has read from a transaction knows of
// all of it.
enum class Sessions : uint8_t { kApart, kInAllModels };

// What a history may not have, for all of `models` to hold and none of `anomalies` to be there. Names that are not
// known forbid nothing but themselves.
AnomalySet ProhibitedAnomalies(const std::vector<std::string>& models, const std::vector<std::string>& anomalies,
                               Sessions sessions = Sessions::kApart);

// The anomaly, and all that it is a special case of.
AnomalySet ImpliedAnomalies(std::string_view anomaly);

// The models that anomalies rule out, by the names that people use, alphabetical.
struct ModelBoundary {
  std::vector<std::string> weakest;  // Elle's :not
  std::vector<std::string> others;   // :also-not: models that imply one of those
};
ModelBoundary RuledOut(const AnomalySet& anomalies, Sessions sessions = Sessions::kApart);

// Whether an anomaly rules out no model that the others do not rule out.
bool ShowsNothingNew(const AnomalySet& anomalies, std::string_view anomaly, Sessions sessions = Sessions::kApart);

}  // namespace gyre
