// list-append and rw-register: tables of histories, and agreement with the oracle that tries every order.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "checkers/list_append.h"
#include "checkers/rw_register.h"
#include "sim/base/concat.h"
#include "sim/history/edn_json.h"
#include "sim/history/history_files.h"
#include "tests/checkers/txn_naive.h"
#include "tests/checkers/txn_notation.h"
#include "tests/checkers/txn_random.h"

namespace gyre {
namespace {

constexpr int kRandomHistories = 100'000;

std::string Names(const Json& details, const char* list) {
  const Json* names = details.Find(list);
  if (names == nullptr) return "";
  std::vector<std::string> all;
  const Json plain = PlainResults(*names);
  for (const Json& name : plain.AsArray()) all.push_back(name.AsString());
  return absl::StrJoin(all, " ");
}

IsolationOptions Under(std::vector<std::string> models) {
  IsolationOptions options;
  options.models = std::move(models);
  return options;
}

TEST_CASE("lists: kinds of anomalies, and the weakest models that they rule out") {
  const struct {
    const char* what;
    const char* history;
    const char* kinds;
    const char* ruled_out;
  } kCases[] = {
      {"nothing wrong", "0=ax1 1=rx1,ax2 0=rx12", "", ""},
      {"what an aborted transaction wrote", "0+ax1 0- 1=rx1", "G1a empty-transaction-graph", "read-committed"},
      {"what was not written last", "0=ax1,ax2 1=rx1", "G-single-item G1b", "read-committed"},
      {"not its own write", "0=ax1,rx_", "empty-transaction-graph internal", "read-atomic"},
      {"a read that cannot be repeated", "0+rx_,rx_ 1=ax1 0.rx_,rx1", "G-single-item",
       "consistent-view repeatable-read"},
      {"its own write, before it", "0=rx1,ax1", "empty-transaction-graph future-read", "read-committed"},
      {"twice in a list", "0=ax1 1=rx11", "duplicate-elements", "read-uncommitted"},
      {"two orders", "0=ax1 0=ax2 1=rx12 2=rx21", "G-single-item-realtime incompatible-order", "read-committed"},
      {"built on what was aborted", "0+ax1 0- 1=ax2 2=rx12", "G1a dirty-update", "read-committed"},
      {"two updates of the same", "0+rx_,ax1 1+rx_,ax2 0. 1. 2=rx12", "G-single-item lost-update",
       "cursor-stability update-atomic"},
      {"writes in a circle", "0+ax1,ay2 1+ax2,ay1 0. 1. 2=rx12,ry12", "G0", "read-uncommitted"},
      {"reads in a circle", "0+ax1,ry1 1+ay1,rx1 0. 1.", "G1c", "read-committed"},
      {"write skew", "0+rx_,ay1 1+ry_,ax1 0. 1. 2=rx1,ry1", "G2-item", "repeatable-read"},
      {"a long fork", "0+ax1 1+ay1 2=rx1,ry_ 3=rx_,ry1 0. 1.", "G-nonadjacent-item G-single-item-realtime",
       "repeatable-read snapshot-isolation"},
      {"a stale read", "0=ax1 0=ax2 1=rx1 2=rx12", "G-single-item-realtime", "strong-snapshot-isolation"},
      {"a write in the past", "0=ax1 0=ax2 1=rx21", "G0-realtime", "strong-read-uncommitted"},
      {"what nobody wrote", "0=ax1 1=rx13", "unwritten-read", "read-uncommitted"},
  };
  for (const auto& c : kCases) {
    CAPTURE(c.what);
    const Verdict verdict = CheckListAppend(ParseTxns(c.history), {});
    CHECK(Names(verdict.details, "anomaly-types") == c.kinds);
    CHECK(Names(verdict.details, "not") == c.ruled_out);
    CHECK((verdict.valid == Validity::kValid) == std::string(c.kinds).empty());
    CHECK(verdict.anomalies.empty() == (verdict.valid == Validity::kValid));
  }
}

TEST_CASE("lists: an order of processes that no data shows") {
  const char* kHistory = "0=ax1 0=rx_ 1=rx1";
  CHECK(CheckListAppend(ParseTxns(kHistory), {}, Under({"serializable"})).valid == Validity::kValid);
  const Verdict session = CheckListAppend(ParseTxns(kHistory), {}, Under({"strong-session-serializable"}));
  CHECK(Names(session.details, "anomaly-types") == "G-single-item-process");
  const Verdict strict = CheckListAppend(ParseTxns(kHistory), {}, Under({"strict-serializable"}));
  CHECK(Names(strict.details, "anomaly-types") == "G-single-item-realtime");
}

TEST_CASE("registers: kinds of anomalies, and the weakest models that they rule out") {
  const struct {
    const char* what;
    const char* history;
    const char* kinds;
    const char* ruled_out;
  } kCases[] = {
      {"nothing wrong", "0=wx1 1=rx1,wx2 0=rx2", "", ""},
      {"what an aborted transaction wrote", "0+wx1 0- 1=rx1 2=rx_", "G1a", "read-committed"},
      {"what was not written last", "0=wx1,wx2 1=rx1", "G1b", "read-committed"},
      {"not its own write", "0=wx1,rx2 1+wx2 1.", "internal", "read-atomic"},
      {"two updates of the same", "0+rx_,wx1 1+rx_,wx2 0. 1.", "G2-item lost-update",
       "cursor-stability update-atomic"},
      {"reads in a circle", "0+wx1,ry1 1+wy1,rx1 0. 1.", "G1c", "read-committed"},
      {"write skew", "0+rx_,wy1 1+ry_,wx1 0. 1.", "G2-item", "repeatable-read"},
      {"a long fork", "0+wx1 1+wy1 2=rx1,ry_ 3=rx_,ry1 0. 1.", "G-nonadjacent-item G-single-item-realtime",
       "repeatable-read snapshot-isolation"},
      {"versions in a circle", "0+rx1,wx2 1+rx2,wx1 0. 1.", "G1c cyclic-versions", "read-uncommitted"},
      {"what nobody wrote", "0=wx1 1=rx7", "unwritten-read", "read-uncommitted"},
      {"its own write, before it", "0=rx1,wx1 1=wy1", "future-read", "read-committed"},
      {"nothing, and then something", "0+rx_,rx1 1=wx1 0.rx_,rx1", "internal", "read-atomic"},
      {"a stale read", "0=wx1 0=wx2 1=rx1", "serializable-cycle-realtime", "strong-serializable"},
      {"two processes that see two writes in different orders",
       "0=wx1,wy1 1=rx1 1=wx2 2=ry1 2=wy2 3=rx2 3=ry1 4=ry2 4=rx1", "serializable-cycle-process",
       "strong-session-serializable"},
      {"each read is of before the other's write",
       "0+wx1,wy1 1+wx2 2+wy2 3+rx1,ry2 4+rx2,ry1 5+rx1,ry1 0. 1. 2. 3. 4. 5.", "serializable-cycle",
       "repeatable-read"},
  };
  for (const auto& c : kCases) {
    CAPTURE(c.what);
    const Verdict verdict = CheckRwRegister(ParseTxns(c.history, Notes::kRegisters), {});
    CHECK(Names(verdict.details, "anomaly-types") == c.kinds);
    CHECK(Names(verdict.details, "not") == c.ruled_out);
    CHECK(verdict.anomalies.empty() == (verdict.valid == Validity::kValid));
  }
}

TEST_CASE("what cannot be judged is unknown, and why") {
  const struct {
    const char* history;
    const char* error;
  } kCases[] = {
      {"0=wx1", "op 1: [\"w\",\"x\",1] is neither a read, \"r\", nor a write, \"append\""},
      {"0=ax1 1=ax1",
       "op 2: value 1 is appended to key \"x\" a second time; elements of a key must differ for reads to tell their "
       "order"},
  };
  for (const auto& c : kCases) {
    const Verdict verdict = CheckListAppend(ParseTxns(c.history), {});
    CHECK(verdict.valid == Validity::kUnknown);
    CHECK(verdict.details.Find("error")->AsString() == c.error);
  }
  CHECK(Names(CheckListAppend(ParseTxns("0=ax1"), {}).details, "anomaly-types") == "empty-transaction-graph");
  CHECK(CheckListAppend(ParseTxns(""), {}).valid == Validity::kUnknown);
  CHECK(CheckRwRegister(ParseTxns("0=wx1 1=wx1 2=rx1", Notes::kRegisters), {}).details.Find("error")->AsString() ==
        "key \"x\" had value 1 written by more than one op: 1 and 3; values of a key must differ for reads to tell "
        "whose they are");
}

TEST_CASE("a cycle is explained step by step") {
  const Verdict verdict = CheckListAppend(ParseTxns("0+rx_,ay1 1+ry_,ax1 0. 1. 2=rx1,ry1"), {});
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].text ==
        "a cycle of 2 transactions. Let:\n"
        "  T1 = process 0 (ops 0 to 2, 0.000s to 0.002s): [[\"r\",\"x\",null],[\"append\",\"y\",1]]\n"
        "  T2 = process 1 (ops 1 to 3, 0.001s to 0.003s): [[\"r\",\"y\",null],[\"append\",\"x\",1]]\n"
        "Then:\n"
        "  - T1 < T2, because T1 observed the initial (nil) state of \"x\", which T2 created by appending 1.\n"
        "  - However, T2 < T1, because T2 observed the initial (nil) state of \"y\", which T1 created by appending 1: "
        "a contradiction!");
  CHECK(verdict.anomalies[0].witness.Find("cycle")->Dump() == "[[0,2],[1,3]]");
}

TEST_CASE("registers: a cycle of edges that follow from others is told with what they follow from") {
  const Verdict verdict = CheckRwRegister(ParseTxns("0=wx1 0=wx2 1=rx1", Notes::kRegisters), {});
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].text ==
        "no order of transactions explains what these read. Let:\n"
        "  T1 = process 1 (ops 4 to 5, 0.004s to 0.005s): [[\"r\",\"x\",1]]\n"
        "  T2 = process 0 (ops 2 to 3, 0.002s to 0.003s): [[\"w\",\"x\",2]]\n"
        "  T3 = process 0 (ops 0 to 1, 0.000s to 0.001s): [[\"w\",\"x\",1]]\n"
        "Then:\n"
        "  - T3 < T2, because T3 completed at index 1, 0.001 seconds before the invocation of T2, at index 2.\n"
        "  - T1 < T2, because T1 read key \"x\" = 1, which T3 wrote, and T2, which comes after that, set it to 2.\n"
        "  - However, T2 < T1, because T2 completed at index 3, 0.001 seconds before the invocation of T1, at index 4: "
        "a contradiction!");
  CHECK(verdict.anomalies[0].witness.Find("cycle")->Dump() == "[[4,5],[2,3]]");
}

constexpr const char* kModels[] = {
    "serializable",       "strong-session-serializable",       "strict-serializable",
    "snapshot-isolation", "strong-session-snapshot-isolation", "strong-snapshot-isolation"};

// What is told of a history under a model, and whether that can be.
struct Agreement {
  int invalid = 0;
  int failures = 0;

  void Check(const History& history, const std::string& model, const Verdict& verdict, bool complete) {
    const bool allowed = NaivelyAllowed(history, model);
    if (verdict.valid == Validity::kInvalid) ++invalid;
    const bool sound = verdict.valid != Validity::kInvalid || !allowed;
    const bool found = !complete || verdict.valid == Validity::kInvalid || allowed;
    if ((sound && found) || ++failures > 3) return;
    FAIL_CHECK(model << (allowed ? " allows" : " forbids") << " this, but the verdict is " << verdict.details.Dump()
                     << "\n" << PrintHistory(history, HistoryFormat::kEdn));
  }
};

TEST_CASE("lists: never invalid if there is an execution that shows it") {
  Agreement agreement;
  for (int i = 0; i < kRandomHistories; ++i) {
    const History history = RandomTxns(static_cast<uint64_t>(i), {Notes::kLists, 4, false});
    const std::string model = kModels[i % 6];
    agreement.Check(history, model, CheckListAppend(history, {}, Under({model})), false);
  }
  CHECK(agreement.failures == 0);
  CHECK(agreement.invalid > kRandomHistories / 5);
}

TEST_CASE("lists: invalid exactly if there is none, where all appends were read") {
  Agreement agreement;
  for (int i = 0; i < kRandomHistories; ++i) {
    const History history = RandomTxns(static_cast<uint64_t>(i), {Notes::kLists, 4, true});
    const std::string model = kModels[i % 6];
    agreement.Check(history, model, CheckListAppend(history, {}, Under({model})), true);
  }
  CHECK(agreement.failures == 0);
  CHECK(agreement.invalid > kRandomHistories / 10);
}

TEST_CASE("registers: never invalid if there is an execution that shows it") {
  Agreement agreement;
  for (int i = 0; i < kRandomHistories; ++i) {
    const History history = RandomTxns(static_cast<uint64_t>(i), {Notes::kRegisters, 4, false});
    IsolationOptions isolation = Under({kModels[i % 6]});
    // Each assumption holds in the models that are asked about.
    isolation.writes_follow_reads = i % 3 != 2;
    isolation.sequential_keys = i % 6 == 1;
    isolation.linearizable_keys = i % 6 == 2;
    agreement.Check(history, isolation.models[0], CheckRwRegister(history, {}, isolation), false);
  }
  CHECK(agreement.failures == 0);
  CHECK(agreement.invalid > kRandomHistories / 5);
}

// What follows from unique writes is nearly all that there is in small histories; without that it is three in four.
TEST_CASE("registers: hardly any history is called valid that no order explains") {
  int forbidden = 0;
  int missed = 0;
  for (int i = 0; i < kRandomHistories / 5; ++i) {
    const History history = RandomTxns(static_cast<uint64_t>(i), {Notes::kRegisters, 5, false});
    const std::string model = kModels[i % 3];
    if (NaivelyAllowed(history, model)) continue;
    ++forbidden;
    IsolationOptions isolation = Under({model});
    isolation.writes_follow_reads = true;
    if (CheckRwRegister(history, {}, isolation).valid != Validity::kInvalid) ++missed;
  }
  CHECK(forbidden > kRandomHistories / 20);
  CHECK(missed * 200 < forbidden);
}

}  // namespace
}  // namespace gyre
