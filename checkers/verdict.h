// Verdict: what a checker says of a history, with evidence. Ordered: merging is max.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/json.h"

namespace gyre {

enum class Validity : uint8_t { kValid, kUnknown, kInvalid };
std::string_view ToString(Validity validity);     // "valid", "unknown", "invalid"
Json ToJson(Validity validity);                   // true, "unknown", false
inline Validity Merge(Validity a, Validity b) { return a < b ? b : a; }

// One thing that is wrong, with the smallest witness found.
struct Anomaly {
  std::string kind;  // a stable word: "lost", "stale", "duplicated", "G-single", ...
  std::string text;  // words that a newcomer can follow
  Json witness;
};

struct Verdict {
  Validity valid = Validity::kValid;
  // The checker's result as Maelstrom has it, under its keys, "valid?" included. A string that begins with ':'
  // is a keyword in EDN, and its name in JSON; a member name that reads as a number is one in EDN.
  Json details;
  std::vector<Anomaly> anomalies;
};

}  // namespace gyre
