// Each checker agrees with its naive oracle: on every small history, and on seeded random ones.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "checkers/availability.h"
#include "checkers/counter.h"
#include "checkers/echo.h"
#include "checkers/exceptions.h"
#include "checkers/pn_counter.h"
#include "checkers/queue.h"
#include "checkers/set.h"
#include "checkers/set_full.h"
#include "checkers/stats.h"
#include "checkers/unique_ids.h"
#include "sim/base/rng.h"
#include "sim/history/history_files.h"
#include "tests/checkers/naive.h"
#include "tests/checkers/notation.h"

namespace gyre {
namespace {

// What an operation of a process may be, and how it may end.
struct Choice {
  Atom f;
  Json value;
  std::vector<std::pair<OpType, Json>> ends;  // without a value: the invocation's
  bool final = false;
};

struct Comparison {
  std::string name;
  Json got;
  Json expected;
};

using Compare = std::vector<Comparison> (*)(const History& history);

std::vector<Comparison> CompareSetFull(const History& history) {
  std::vector<Comparison> all;
  for (const Parity parity : {Parity::kOurs, Parity::kMaelstrom}) {
    for (const bool linearizable : {false, true}) {
      CheckOptions options;
      options.parity = parity;
      SetFullOptions set;
      set.linearizable = linearizable;
      const Verdict verdict = CheckSetFull(history, options, set);
      CHECK((verdict.valid == Validity::kInvalid) == !verdict.anomalies.empty());
      all.push_back({"set-full", verdict.details, NaiveSetFull(history, parity, linearizable)});
    }
  }
  return all;
}

std::vector<Comparison> CompareSmallOnes(const History& history) {
  std::vector<Comparison> all;
  for (const Parity parity : {Parity::kOurs, Parity::kMaelstrom}) {
    CheckOptions options;
    options.parity = parity;
    all.push_back({"unique-ids", CheckUniqueIds(history, options).details, NaiveUniqueIds(history, parity)});
    all.push_back({"echo", CheckEcho(history, options).details, NaiveEcho(history, parity)});
  }
  all.push_back({"stats", CheckStats(history, {}).details, NaiveStats(history)});
  all.push_back({"exceptions", CheckExceptions(history).details, NaiveExceptions(history)});
  const AvailabilityGoal half{{1, 2}};
  all.push_back({"availability", CheckAvailability(history, half).details, NaiveAvailability(history, half)});
  return all;
}

std::vector<Comparison> CompareCounters(const History& history) {
  std::vector<Comparison> all;
  for (const Parity parity : {Parity::kOurs, Parity::kMaelstrom}) {
    CheckOptions options;
    options.parity = parity;
    const Verdict verdict = CheckPnCounter(history, options);
    CHECK((verdict.valid == Validity::kInvalid) == !verdict.anomalies.empty());
    all.push_back({"pn-counter", verdict.details, NaivePnCounter(history, parity)});
  }
  all.push_back({"counter", CheckCounter(history, {}).details, NaiveCounter(history)});
  return all;
}

// Of the set's result its counts: how runs of elements are written has a table of its own.
std::vector<Comparison> CompareQueuesAndSets(const History& history) {
  Json set = CheckSet(history, {}).details;
  std::erase_if(set.AsObject(), [](const Json::Member& member) { return member.second.is_string() &&
                                                                        member.first != "valid?"; });
  return {{"total-queue", CheckTotalQueue(history, {}).details, NaiveTotalQueue(history)},
          {"set", std::move(set), NaiveSet(history)}};
}

// The number of histories compared. Stops at the first that differs.
class Agreement {
 public:
  explicit Agreement(Compare compare) : compare_(compare) {}

  void Check(const std::vector<Op>& ops) {
    if (failed_) return;
    ++count_;
    const absl::StatusOr<History> history = History::Make(ops);
    REQUIRE(history.ok());
    for (const Comparison& c : compare_(*history)) {
      if (WithoutError(c.got) == c.expected) continue;
      failed_ = true;
      FAIL_CHECK(c.name << " differs from its oracle on\n" << PrintHistory(*history, HistoryFormat::kEdn)
                        << "got      " << c.got.Dump() << "\nexpected " << c.expected.Dump());
    }
  }

  int count() const { return count_; }

 private:
  Compare compare_;
  int count_ = 0;
  bool failed_ = false;
};

Op MakeOp(const std::vector<Op>& before, int32_t process, OpType type, const Atom& f, Json value, Duration gap) {
  Op op;
  op.index = OpIndex(static_cast<uint32_t>(before.size()));
  op.process = ProcessId(process);
  op.type = type;
  op.f = f;
  op.value = std::move(value);
  op.time = before.empty() ? Instant() : before.back().time + gap;
  return op;
}

// Every history of up to `length` entries of `processes` processes.
class EveryHistory {
 public:
  EveryHistory(std::vector<Choice> choices, int32_t processes, size_t length, Agreement* agreement)
      : choices_(std::move(choices)), open_(static_cast<size_t>(processes)), length_(length), agreement_(agreement) {}

  void Run() {
    agreement_->Check(ops_);
    if (ops_.size() == length_) return;
    for (size_t p = 0; p < open_.size(); ++p) {
      const Choice* open = open_[p];
      if (open == nullptr) {
        for (const Choice& choice : choices_) Step(p, &choice, OpType::kInvoke, choice.value);
        // Processes are alike: the first use of each is in their order.
        if (p == used_) break;
      } else {
        for (const auto& [type, value] : open->ends) Step(p, open, type, value);
      }
    }
  }

 private:
  void Step(size_t p, const Choice* choice, OpType type, const Json& value) {
    const size_t used = used_;
    used_ = std::max(used_, p + 1);
    const Choice* open = std::exchange(open_[p], type == OpType::kInvoke ? choice : nullptr);
    ops_.push_back(MakeOp(ops_, static_cast<int32_t>(p), type, choice->f, value, Milliseconds(1)));
    ops_.back().final = choice->final;
    Run();
    ops_.pop_back();
    open_[p] = open;
    used_ = used;
  }

  const std::vector<Choice> choices_;
  std::vector<const Choice*> open_;
  size_t used_ = 0;  // processes
  const size_t length_;
  Agreement* agreement_;
  std::vector<Op> ops_;
};

Choice AddOf(const Json& value) {
  return {"add", value, {{OpType::kOk, value}, {OpType::kInfo, value}}};
}

std::vector<Choice> SetChoices() {
  Choice read{"read", Json(), {{OpType::kInfo, Json()}}};
  for (const char* value : {"[]", "[0]", "[1]", "[0,1]", "[1,1]"}) read.ends.emplace_back(OpType::kOk, FromJson(value));
  return {AddOf(0), AddOf(1), read};
}

std::vector<Choice> SmallChoices() {
  const Json echo = FromJson("{'echo':1}");
  return {{"generate", Json(), {{OpType::kOk, 0}, {OpType::kOk, "a"}, {OpType::kInfo, Json()}}},
          {"echo", 1, {{OpType::kOk, echo}, {OpType::kOk, 1}, {OpType::kFail, 1}, {OpType::kInfo, 1}}}};
}

std::vector<Choice> CounterChoices() {
  Choice read{"read", Json(), {{OpType::kInfo, Json()}}, true};
  for (const int value : {-2, 0, 1, 2, 4}) read.ends.emplace_back(OpType::kOk, value);
  std::vector<Choice> choices;
  for (const int value : {1, -2}) {
    choices.push_back({"add", value, {{OpType::kOk, value}, {OpType::kFail, value}, {OpType::kInfo, value}}});
  }
  choices.push_back(read);
  return choices;
}

std::vector<Choice> QueueChoices() {
  const Json read = FromJson("[1,2,3]");
  return {{"enqueue", 1, {{OpType::kOk, 1}, {OpType::kFail, 1}, {OpType::kInfo, 1}}},
          {"dequeue", Json(), {{OpType::kOk, 1}, {OpType::kOk, 2}}},
          {"add", 1, {{OpType::kOk, 1}, {OpType::kInfo, 1}}},
          {"read", Json(), {{OpType::kOk, read}, {OpType::kOk, FromJson("[]")}}}};
}

TEST_CASE("counters agree with their definitions on every small history") {
  Agreement agreement(CompareCounters);
  EveryHistory(CounterChoices(), 2, 6, &agreement).Run();
  MESSAGE(agreement.count() << " histories");
}

TEST_CASE("queues and sets agree with their definitions on every small history") {
  Agreement agreement(CompareQueuesAndSets);
  EveryHistory(QueueChoices(), 2, 6, &agreement).Run();
  MESSAGE(agreement.count() << " histories");
}

TEST_CASE("set-full agrees with its definition on every small history") {
  Agreement agreement(CompareSetFull);
  EveryHistory(SetChoices(), 2, 6, &agreement).Run();
  MESSAGE(agreement.count() << " histories");
}

TEST_CASE("the other checkers agree with their definitions on every small history") {
  Agreement agreement(CompareSmallOnes);
  EveryHistory(SmallChoices(), 2, 6, &agreement).Run();
  MESSAGE(agreement.count() << " histories");
}

// A random history of a set: slow reads that overlap many operations, elements of all kinds, some added twice, reads
// that miss, repeat and invent elements, and gaps from nothing to 3 ms.
std::vector<Op> RandomSetHistory(uint64_t seed) {
  Draw draw(seed, "set history", seed);
  const size_t length = 1 + draw.Below(80);
  const int32_t processes = static_cast<int32_t>(1 + draw.Below(6));
  const uint64_t elements = 1 + draw.Below(12);
  const uint64_t miss = draw.Below(5);
  const auto element = [&](uint64_t k) {
    return k % 7 == 5 ? Json("e5") : k % 7 == 6 ? Json(Json::Array{1}) : k % 3 == 2 ? Json(double(k)) : Json(k);
  };
  std::vector<Op> ops;
  std::vector<int64_t> open(static_cast<size_t>(processes), -1);
  std::vector<Json> added;
  while (ops.size() < length) {
    const int32_t p = static_cast<int32_t>(draw.Below(static_cast<uint64_t>(processes)));
    const Duration gap = Microseconds(draw.Between(0, 3000));
    int64_t& invoked = open[static_cast<size_t>(p)];
    if (invoked < 0) {
      invoked = static_cast<int64_t>(ops.size());
      const bool read = draw.Below(3) == 0;
      const Json value = read ? Json() : element(draw.Below(elements));
      if (!read) added.push_back(value);
      ops.push_back(MakeOp(ops, p, OpType::kInvoke, read ? "read" : "add", value, gap));
      continue;
    }
    const Op invoke = ops[static_cast<size_t>(invoked)];
    if (invoke.f == Atom("read") && draw.Below(3) != 0) continue;  // reads take long
    invoked = -1;
    const uint64_t end = draw.Below(10);
    Json value = invoke.value;
    if (invoke.f == Atom("read")) {
      Json::Array seen;
      for (const Json& a : added) {
        if (draw.Below(6) >= miss && std::find(seen.begin(), seen.end(), a) == seen.end()) seen.push_back(a);
      }
      if (draw.Below(20) == 0 && !seen.empty()) seen.push_back(seen[0]);
      if (draw.Below(20) == 0) seen.push_back(element(draw.Below(2 * elements)));
      value = seen;
    }
    const OpType type = end == 0 ? OpType::kInfo : end == 1 ? OpType::kFail : OpType::kOk;
    ops.push_back(MakeOp(ops, p, type, invoke.f, value, gap));
  }
  return ops;
}

TEST_CASE("set-full agrees with its definition on random histories") {
  Agreement agreement(CompareSetFull);
  for (uint64_t seed = 0; seed < 3000; ++seed) agreement.Check(RandomSetHistory(seed));
}

// A counter with many additions that may have happened, equal and unequal, near and far; or a queue of few values.
std::vector<Op> RandomCounterHistory(uint64_t seed) {
  Draw draw(seed, "counter history", seed);
  const int64_t far = draw.Below(2) == 0 ? 5 : 100;
  const char* const names[] = {"add", "read", "enqueue", "dequeue"};
  std::vector<Op> ops;
  std::vector<int64_t> open(1 + draw.Below(4), -1);
  for (size_t i = 0, length = draw.Below(60); i < length; ++i) {
    const size_t p = draw.Below(open.size());
    const int32_t process = static_cast<int32_t>(p);
    if (open[p] < 0) {
      open[p] = static_cast<int64_t>(i);
      const char* name = names[draw.Below(2) + (seed % 2 == 0 ? 0 : 2)];
      ops.push_back(MakeOp(ops, process, OpType::kInvoke, name, Json(draw.Between(-far, far)), Milliseconds(1)));
      continue;
    }
    const Op invoke = ops[static_cast<size_t>(std::exchange(open[p], -1))];
    const uint64_t end = draw.Below(5);
    const OpType type = end == 0 ? OpType::kInfo : end == 1 ? OpType::kFail : OpType::kOk;
    ops.push_back(MakeOp(ops, process, type, invoke.f, Json(draw.Between(-far, far)), Milliseconds(1)));
    if (invoke.f == Atom("add") || invoke.f == Atom("enqueue")) ops.back().value = invoke.value;
    ops.back().final = invoke.f == Atom("read");
  }
  return ops;
}

TEST_CASE("counters and queues agree with their definitions on random histories") {
  Agreement counters(CompareCounters);
  Agreement queues([](const History& history) -> std::vector<Comparison> {
    return {{"total-queue", CheckTotalQueue(history, {}).details, NaiveTotalQueue(history)}};
  });
  for (uint64_t seed = 0; seed < 20000; ++seed) (seed % 2 == 0 ? counters : queues).Check(RandomCounterHistory(seed));
}

std::vector<Op> RandomSmallHistory(uint64_t seed) {
  Draw draw(seed, "small history", seed);
  const size_t length = draw.Below(300);
  const uint64_t ids = 1 + draw.Below(200);
  const char* const names[] = {"generate", "echo", "crash"};
  std::vector<Op> ops;
  std::vector<int64_t> open(1 + draw.Below(4), -1);
  for (size_t i = 0; i < length; ++i) {
    const size_t p = draw.Below(open.size());
    const int32_t process = static_cast<int32_t>(p);
    if (open[p] < 0) {
      open[p] = static_cast<int64_t>(i);
      ops.push_back(MakeOp(ops, process, OpType::kInvoke, names[draw.Below(3)], Json(draw.Below(5)), Milliseconds(1)));
      continue;
    }
    const Op invoke = ops[static_cast<size_t>(std::exchange(open[p], -1))];
    const OpType type = draw.Below(4) == 0 ? (draw.Below(2) == 0 ? OpType::kInfo : OpType::kFail) : OpType::kOk;
    Json value = invoke.value;
    const uint64_t id = draw.Below(ids);
    if (invoke.f == Atom("generate")) {
      value = id % 5 == 0 ? Json(Json::Array{id}) : id % 3 == 0 ? Json(std::to_string(id)) : Json(id);
    }
    if (invoke.f == Atom("echo")) value = Json::ObjectOf({{"echo", draw.Below(8) == 0 ? Json("?") : invoke.value}});
    ops.push_back(MakeOp(ops, process, type, invoke.f, value, Milliseconds(1)));
    if (type == OpType::kInfo && draw.Below(2) == 0) {
      const char* name = draw.Below(2) == 0 ? "Boom" : "Crash";
      ops.back().exception = Json::ObjectOf({{"class", name}, {"message", "it went wrong"}});
    }
  }
  return ops;
}

TEST_CASE("the other checkers agree with their definitions on random histories") {
  Agreement agreement(CompareSmallOnes);
  for (uint64_t seed = 0; seed < 2000; ++seed) agreement.Check(RandomSmallHistory(seed));
}

}  // namespace
}  // namespace gyre
