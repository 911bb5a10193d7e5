// The judges: what judges a history from a file, by the kind of history. All workloads, the sequential objects that a
// history can be linearized against, and the kinds of history that only others' tests make. Constant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

struct Judge {
  const char* kind;
  const char* options;   // the members of `opts` that it knows, separated by spaces
  const char* compared;  // the keys of its result by which it is compared with others', beside the verdict
  // `opts` is null or an object; members that are not known are passed over, as labels carry those of other tools.
  // Errors say which member is wrong.
  absl::StatusOr<Verdict> (*judge)(const Judge& self, const History& history, const CheckOptions& options,
                                   const Json& opts);
};

// Alphabetical.
absl::Span<const Judge> Judges();
// nullptr when there is none of that name.
const Judge* FindJudge(std::string_view kind);

}  // namespace gyre
