// The registry: one row for each workload, joining what makes it and what judges it. Constant.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"
#include "workloads/workload.h"

namespace gyre {

struct WorkloadRow {
  const char* name;
  Workload (*make)(const WorkloadOptions& options);
  Verdict (*check)(const History& history, const CheckOptions& options);
};

// Alphabetical.
absl::Span<const WorkloadRow> Workloads();
// nullptr when there is none of that name.
const WorkloadRow* FindWorkload(std::string_view name);

}  // namespace gyre
