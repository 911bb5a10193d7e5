#include "tools/run/registry.h"

#include "checkers/echo.h"
#include "checkers/kafka.h"
#include "checkers/linearizable.h"
#include "checkers/list_append.h"
#include "checkers/pn_counter.h"
#include "checkers/rw_register.h"
#include "checkers/set_full.h"
#include "checkers/unique_ids.h"
#include "workloads/broadcast.h"
#include "workloads/counter.h"
#include "workloads/echo.h"
#include "workloads/g_set.h"
#include "workloads/kafka.h"
#include "workloads/lin_kv.h"
#include "workloads/txn.h"
#include "workloads/unique_ids.h"

namespace gyre {
namespace {

Verdict CheckBroadcast(const History& history, const CheckOptions& options) {
  SetFullOptions set;
  set.add = "broadcast";
  return CheckSetFull(history, options, set);
}

Verdict CheckGSet(const History& history, const CheckOptions& options) { return CheckSetFull(history, options); }

Verdict CheckKafkaRun(const History& history, const CheckOptions& options) { return CheckKafka(history, options); }

constexpr WorkloadRow kWorkloads[] = {
    {"broadcast", MakeBroadcast, CheckBroadcast},
    {"echo", MakeEcho, CheckEcho},
    {"g-counter", MakeGCounter, CheckPnCounter},
    {"g-set", MakeGSet, CheckGSet},
    {"kafka", MakeKafka, CheckKafkaRun},
    {"lin-kv", MakeLinKv, CheckLinKv},
    {"pn-counter", MakePnCounter, CheckPnCounter},
    {"txn-list-append", MakeTxnListAppend, CheckListAppend},
    {"txn-rw-register", MakeTxnRwRegister, CheckRwRegister},
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
