#include "tools/run/registry.h"

#include "checkers/echo.h"
#include "checkers/set_full.h"
#include "checkers/unique_ids.h"
#include "workloads/broadcast.h"
#include "workloads/echo.h"
#include "workloads/unique_ids.h"

namespace gyre {
namespace {

Verdict CheckBroadcast(const History& history, const CheckOptions& options) {
  SetFullOptions set;
  set.add = "broadcast";
  return CheckSetFull(history, options, set);
}

constexpr WorkloadRow kWorkloads[] = {
    {"broadcast", MakeBroadcast, CheckBroadcast},
    {"echo", MakeEcho, CheckEcho},
    {"unique-ids", MakeUniqueIds, CheckUniqueIds},
};

}  // namespace

absl::Span<const WorkloadRow> Workloads() { return kWorkloads; }

const WorkloadRow* FindWorkload(std::string_view name) {
  for (const WorkloadRow& row : kWorkloads) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace gyre
