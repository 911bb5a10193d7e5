// The cycles of a dependency graph as anomalies, explained step by step as Elle does. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "checkers/check_options.h"
#include "checkers/cycle_search.h"
#include "checkers/order_edges.h"
#include "checkers/txn_graph.h"
#include "checkers/txn_verdict.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

// Why one transaction comes before another by a relation of data: Elle's step, and in words.
struct StepReason {
  Json step;         // {type, key, value, ...}
  std::string text;  // "T2 observed T1's append of 3 to key 8"
};
// The names are those that the text should call them by. Nothing if they do not relate so.
using DataReasons = absl::FunctionRef<std::optional<StepReason>(uint32_t a, uint32_t b, Relation relation,
                                                                std::string_view a_name, std::string_view b_name)>;

struct CyclesOptions {
  const History* history = nullptr;
  const CheckOptions* options = nullptr;
  absl::Span<const uint32_t> entries;       // by transaction: where it completes
  absl::Span<const Relation> preferred;     // relations of data, in the order in which a step is best explained
};

// Names for a text, T1, T2, ... in the order in which they are first asked for.
class TxnNames {
 public:
  explicit TxnNames(const CyclesOptions& cycles) : cycles_(cycles) {}
  std::string Of(uint32_t txn);
  // A line for each, of what it is.
  std::string Bindings() const;

 private:
  const CyclesOptions& cycles_;
  std::vector<uint32_t> txns_;
};

// One transaction comes before another one.
struct OrderStep {
  uint32_t from = 0;
  uint32_t to = 0;
  Relation relation = kWw;
};
using StepReasons = absl::FunctionRef<StepReason(const OrderStep& step, TxnNames* names)>;

// A cycle and, in the text, what it follows from: "OPENING. Let: T1 = ... Then: T1 < T2, because ...".
TxnFinding TellContradiction(const CyclesOptions& cycles, std::string_view opening,
                             absl::Span<const OrderStep> premises, const Cycle& cycle, StepReasons reasons);

// Why one comes before another one in an order of clients. REQUIRES: it does.
StepReason ReasonOfClients(const CyclesOptions& cycles, const OrderStep& step, std::string_view a_name,
                           std::string_view b_name);

// Adds the order of clients that is asked for. False if neither that nor the graph orders anything.
bool AddClientOrder(const CyclesOptions& cycles, ClientOrder order, TxnGraph* graph);

// Adds the orders of the clients that matter, freezes the graph, and adds each cycle that is an anomaly to
// `findings`; or that there is no edge at all.
void FindAndExplainCycles(const CyclesOptions& cycles, ClientOrder order, TxnGraph* graph, DataReasons reasons,
                          TxnFindings* findings);

// "op 12 of process 3 at n2 (ops 9 to 12, 1.2s to 1.3s): [["r",8,[1,2]]]", cut where it gets long.
std::string DescribeTxn(const History& history, uint32_t entry, const CheckOptions& options);
// A value, cut where it gets long.
std::string Shortened(const Json& json);

}  // namespace gyre
