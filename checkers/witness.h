// The words and values in which checkers name operations, so that all of them speak alike.
#pragma once

#include <cstdint>
#include <string>

#include "checkers/check_options.h"
#include "sim/base/float64.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

// An entry of a history as Maelstrom prints it in results: {index, time, type, process, f, value, ...}, with
// type and f as keywords.
Json ToJson(const Op& op);

// "process 7 at n3", or "process 7" where the nodes are not known.
std::string Who(const Op& op, const CheckOptions& options);

// The operation that has an entry at `i`, both halves: "ops 4 to 9, 1.200s to 1.304s"; "op 4, 1.200s" when one
// half is missing.
std::string When(const History& history, uint32_t i);

// The positions of both halves: [4, 9], or [4].
Json Positions(const History& history, uint32_t i);

// A value in a sentence: its JSON, cut off where it is long.
std::string Quoted(const Json& value);

// A sentence, to append to an anomaly's text, if a float64 JSON library made `received` of `sent`; starts with a space.
std::string Float64Explanation(const Json& sent, const Json& received);

}  // namespace gyre
