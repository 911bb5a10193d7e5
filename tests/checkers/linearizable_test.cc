#include "checkers/linearizable.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "checkers/linear_zones.h"
#include "sim/base/rng.h"
#include "tests/checkers/linear_naive.h"
#include "tests/checkers/notation.h"

namespace gyre {
namespace {

constexpr Validity kYes = Validity::kValid;
constexpr Validity kNo = Validity::kInvalid;

LinearizableOptions Options(const char* model, NilRead nil = NilRead::kWildcard,
                            FailedCas failed = FailedCas::kNothing) {
  LinearizableOptions options;
  options.model = model;
  options.object.nil_read = nil;
  options.object.failed_cas = failed;
  return options;
}

TEST_CASE("histories and verdicts") {
  const struct {
    const char* what;
    const char* model;
    const char* history;
    Validity valid;
  } kCases[] = {
      {"one after the other", "cas-register", "0:write1 0:ok 1:r 1:ok1", kYes},
      {"a stale read", "cas-register", "0:write1 0:ok 0:write2 0:ok 1:r 1:ok1", kNo},
      {"a read of what was under way", "cas-register", "0:write1 1:r 1:ok1 2:r 2:ok1 0:ok", kYes},
      {"new, then old", "cas-register", "0:write1 1:r 1:ok1 2:r 2:ok 2:r 2:ok1 0:ok 2:write0 2:ok 0:r 0:ok1", kNo},
      {"a cas in the middle", "cas-register", "0:write1 0:ok 1:cas[1,2] 2:r 2:ok2 1:ok", kYes},
      {"a cas from nothing", "cas-register", "0:write1 0:ok 1:cas[3,2] 1:ok", kNo},
      {"a cas that failed says nothing", "cas-register", "0:write1 0:ok 1:cas[1,2] 1:fail 1:r 1:ok1", kYes},
      {"a write that failed did not happen", "cas-register", "0:write1 0:fail 1:r 1:ok1", kNo},
      {"a time-out may have happened", "cas-register", "0:write1 0:info 1:r 1:ok1", kYes},
      {"or happen later", "cas-register", "0:write1 0:info 1:write2 1:ok 1:r 1:ok2 1:r 1:ok1", kYes},
      {"but once", "cas-register", "0:write1 0:info 1:r 1:ok1 1:write2 1:ok 1:r 1:ok1", kNo},
      {"unless there were two", "cas-register", "0:write1 0:info 5:write1 5:info 1:r 1:ok1 1:write2 1:ok 1:r 1:ok1",
       kYes},
      {"not before it began", "cas-register", "1:r 1:ok1 0:write1 0:info", kNo},
      {"a chain of time-outs", "cas-register", "0:write1 0:info 5:cas[1,2] 5:info 1:r 1:ok2", kYes},
      {"null says nothing", "cas-register", "0:write1 0:ok 1:r 1:ok", kYes},
      {"a register", "register", "0:write1 1:write2 0:ok 1:ok 0:r 1:r 0:ok1 1:ok2", kNo},
      {"a lock", "mutex", "0:acquire 0:ok 1:acquire 0:release 0:ok 1:ok", kYes},
      {"a lock held twice", "mutex", "0:acquire 0:ok 1:acquire 1:ok 0:release 0:ok", kNo},
      {"first in, first out", "fifo-queue", "0:enqueue1 0:ok 0:enqueue2 0:ok 1:dequeue 1:ok2", kNo},
      {"in any order", "unordered-queue", "0:enqueue1 0:ok 0:enqueue2 0:ok 1:dequeue 1:ok2", kYes},
      {"once only", "unordered-queue", "0:enqueue1 0:ok 1:dequeue 1:ok1 1:dequeue 1:ok1", kNo},
      {"a set", "set", "0:add1 0:ok 1:add2 2:r 2:ok[2,1] 1:ok 2:r 2:ok[1,2]", kYes},
      {"a set that lost", "set", "0:add1 0:ok 2:r 2:ok[]", kNo},
      {"texts by key", "kv", "0:append[\"a\",\"x\"] 1:append[\"a\",\"y\"] 0:ok 1:ok 0:get[\"a\",null] "
                             "0:ok[\"a\",\"yx\"] 0:get[\"b\",null] 0:ok[\"b\",\"\"]", kYes},
      {"texts by key, wrong", "kv", "0:append[\"a\",\"x\"] 0:ok 1:append[\"a\",\"y\"] 1:ok 0:get[\"a\",null] "
                                    "0:ok[\"a\",\"yx\"]", kNo},
      {"registers together", "multi-register",
       "0:txn[[\"write\",\"x\",1],[\"write\",\"y\",1]] 0:ok 1:txn[[\"read\",\"x\",null],[\"read\",\"y\",null]] "
       "1:ok[[\"read\",\"x\",1],[\"read\",\"y\",1]]", kYes},
      {"registers apart", "multi-register",
       "0:txn[[\"write\",\"x\",1],[\"write\",\"y\",1]] 0:ok 1:txn[[\"read\",\"x\",null],[\"read\",\"y\",null]] "
       "1:ok[[\"read\",\"x\",1],[\"read\",\"y\",0]]", kNo},
      {"nothing succeeded", "register", "0:write1 0:info", Validity::kUnknown},
      {"no operation of a register", "register", "0:add1 0:ok", Validity::kUnknown},
  };
  for (const auto& each : kCases) {
    INFO(each.what);
    CHECK(CheckLinearizable(Parse(each.history), {}, Options(each.model)).valid == each.valid);
  }
}

TEST_CASE("what null reads and failed cas say is an option") {
  const History absent = Parse("0:write1 0:ok 1:r 1:ok");
  CHECK(CheckLinearizable(absent, {}, Options("cas-register", NilRead::kLiteral)).valid == kNo);
  CHECK(CheckLinearizable(Parse("1:r 1:ok 0:write1 0:ok"), {}, Options("cas-register", NilRead::kLiteral)).valid ==
        kYes);
  const History failed = Parse("0:write1 0:ok 1:cas[1,2] 1:fail");
  CHECK(CheckLinearizable(failed, {}, Options("cas-register", NilRead::kWildcard, FailedCas::kMismatch)).valid == kNo);
  CHECK(CheckLinearizable(Parse("0:write1 0:ok 1:cas[2,2] 1:fail"), {},
                          Options("cas-register", NilRead::kWildcard, FailedCas::kMismatch)).valid == kYes);
}

TEST_CASE("lin-kv judges each key, and names those that fail") {
  const Verdict verdict = CheckLinKv(
      Parse("0:write[0,1] 0:ok 1:write[1,7] 1:ok 0:r[0,null] 0:ok[0,2] 1:r[1,null] 1:ok[1,7]"), {});
  CHECK(verdict.valid == kNo);
  CHECK(verdict.details.Find("failures")->Dump() == "[0]");
  CHECK(*verdict.details.Find("results")->Find("0")->Find("valid?") == Json(false));
  CHECK(*verdict.details.Find("results")->Find("1")->Find("valid?") == Json(true));
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].kind == "nonlinearizable");
  CHECK(verdict.anomalies[0].text ==
        "key 0: no order of the operations explains read 2 of process 0 (ops 4 to 5, 0.004s to 0.005s). Every order of "
        "all that completed before leaves 1, and from there no order of what was pending lets it happen before it "
        "completed.\n"
        "  process 0  |--|          write 1\n"
        "  process 0        |--|    read 2   <- this one");
  CHECK(verdict.anomalies[0].witness.Find("prefix")->Dump() == "6");
  CHECK(verdict.anomalies[0].witness.Find("operations")->Dump() == "[[0,1],[4,5]]");
}

TEST_CASE("orders of appends that no get saw are one, and are told as texts all the same") {
  std::string text;
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + ":append[\"a\",\"" + std::to_string(i) + "\"] ";
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + ":ok ";
  LinearizableOptions options = Options("kv");
  options.step_budget = 100'000;  // far fewer than ten factorial
  const std::string put = "0:put[\"a\",\"p\"] 0:ok ";
  CHECK(CheckLinearizable(Parse(text + put + "1:get[\"a\",null] 1:ok[\"a\",\"p\"]"), {}, options).valid == kYes);
  CHECK(CheckLinearizable(Parse(text + put + "1:get[\"a\",null] 1:ok[\"a\",\"3\"]"), {}, options).valid == kNo);
  const Verdict lost = CheckLinearizable(
      Parse("0:append[\"a\",\"x\"] 0:ok 0:append[\"a\",\"y\"] 0:ok 1:get[\"a\",null] 1:ok[\"a\",\"x\"]"), {}, options);
  REQUIRE(lost.anomalies.size() == 1);
  CHECK(lost.anomalies[0].text.find("leaves \"xy\", and from there") != std::string::npos);
}

// A random history of one object: what a linearizable object would answer, now and then changed.
class RandomHistory {
 public:
  RandomHistory(const std::string& model, const ModelOptions& options, uint64_t seed)
      : model_(model), options_(options), draw_(seed, "history", 0), state_(NaiveInitial(model, options)) {}

  History Make() {
    const size_t processes = 2 + draw_.Below(3);
    open_.assign(processes, {});
    names_.resize(processes);
    for (size_t i = 0; i < processes; ++i) names_[i] = static_cast<int32_t>(i);
    uint64_t left = 3 + draw_.Below(5);
    bool any = true;
    while (left > 0 || any) {
      const size_t i = draw_.Below(processes);
      any = false;
      if (open_[i].f.empty() && left > 0) {
        --left;
        Invoke(i);
      } else if (!open_[i].f.empty()) {
        Advance(i);
      }
      for (const Open& open : open_) any = any || !open.f.empty();
    }
    return History::Make(std::move(ops_)).value();
  }

 private:
  struct Open {
    std::string f;
    Json value;
    Json result;
    bool applied = false;
    bool worked = false;
  };

  Json Small() { return Json(static_cast<int64_t>(unique_ ? next_++ : static_cast<int64_t>(draw_.Below(3)))); }

  void Invoke(size_t i) {
    Open& open = open_[i];
    open = {};
    const uint64_t which = draw_.Below(3);
    if (model_ == "mutex") {
      open.f = which == 0 ? "acquire" : "release";
    } else if (model_ == "fifo-queue" || model_ == "unordered-queue") {
      open.f = which == 0 ? "dequeue" : "enqueue";
      if (which != 0) open.value = Small();
    } else if (model_ == "set") {
      open.f = which == 0 ? "read" : "add";
      if (which != 0) open.value = Small();
    } else if (model_ == "kv") {
      open.f = which == 0 ? "get" : which == 1 ? "put" : "append";
      if (which != 0) open.value = Json(Small().Dump());
    } else if (model_ == "multi-register") {
      open.f = "txn";
      Json::Array mops;
      for (uint64_t n = 1 + draw_.Below(2); n > 0; --n) {
        const bool reads = draw_.Below(2) == 0;
        const char* key = draw_.Below(2) == 0 ? "x" : "y";
        mops.push_back(Json::Array{reads ? "read" : "write", key, reads ? Json() : Small()});
      }
      open.value = std::move(mops);
    } else {
      open.f = which == 0 ? "read" : which == 1 || model_ == "register" ? "write" : "cas";
      if (open.f == "write") open.value = Small();
      if (open.f == "cas") open.value = Json::Array{Small(), Small()};
    }
    Record(i, OpType::kInvoke, open.value);
  }

  void Advance(size_t i) {
    Open& open = open_[i];
    if (!open.applied) {
      Apply(open);
      if (draw_.Below(8) != 0) return;  // now and then it completes without having happened: a lie, or a time-out
      if (draw_.Below(2) == 0) open.applied = false;
    }
    const uint64_t end = draw_.Below(8);
    if (end == 0) {
      Record(i, OpType::kInfo, open.value);
      names_[i] += static_cast<int32_t>(open_.size());
    } else if (!open.worked || end == 1) {
      Record(i, OpType::kFail, open.value);
    } else {
      Record(i, OpType::kOk, Mutated(open.result));
    }
    open.f.clear();
  }

  // The result that the object gives now.
  void Apply(Open& open) {
    open.applied = true;
    open.result = open.value;
    Json next = state_;
    if (open.f == "read" || open.f == "get") open.result = state_;
    if (open.f == "dequeue") open.result = state_.AsArray().empty() ? Json() : state_.AsArray()[0];
    if (open.f == "txn") {
      for (Json& mop : open.result.AsArray()) {
        const Json* found = state_.Find(mop.AsArray()[1].AsString());
        if (mop.AsArray()[0] == Json("read")) mop.AsArray()[2] = found == nullptr ? Json() : *found;
      }
    }
    open.worked = NaiveStep(model_, options_, open.f, open.result, true, &next);
    if (open.worked) state_ = next;
  }

  Json Mutated(Json result) {
    if (draw_.Below(6) != 0) return result;
    if (result.is_number()) return Json(static_cast<int64_t>(draw_.Below(unique_ ? 6 : 3)));
    if (result.is_array() && model_ == "set" && !result.AsArray().empty()) result.AsArray().pop_back();
    return result;
  }

  void Record(size_t i, OpType type, Json value) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
    op.time = Instant(static_cast<int64_t>(ops_.size()) * 1000000);
    op.process = ProcessId(names_[i]);
    op.type = type;
    op.f = Atom(open_[i].f);
    op.value = std::move(value);
    ops_.push_back(std::move(op));
  }

  std::string model_;
  ModelOptions options_;
  Draw draw_;
  Json state_;
  std::vector<Op> ops_;
  std::vector<Open> open_;
  std::vector<int32_t> names_;
  int64_t next_ = 0;

 public:
  bool unique_ = false;
};

// kv's values are [key, value].
History Keyed(const History& history) {
  std::vector<Op> ops = history.ops();
  for (Op& op : ops) op.value = Json(Json::Array{"k", op.value});
  return History::Make(std::move(ops)).value();
}

std::string Show(const History& history) {
  std::string text;
  for (const Op& op : history.ops()) {
    text += std::to_string(op.process.value()) + ":" + std::string(ToString(op.type)) + " " +
            std::string(op.f.text()) + op.value.Dump() + "  ";
  }
  return text;
}

TEST_CASE("a hundred thousand small histories, of all models and readings, agree with trying every order") {
  const char* kModels[] = {"cas-register", "register", "multi-register", "mutex", "fifo-queue", "unordered-queue",
                           "set", "kv"};
  uint64_t invalid = 0;
  for (uint64_t i = 0; i < 100'000; ++i) {
    const std::string model = kModels[i % 8 < 4 ? 0 : 1 + i / 8 % 7];
    LinearizableOptions options = Options(model.c_str(), i / 3 % 2 == 0 ? NilRead::kWildcard : NilRead::kLiteral,
                                          i / 5 % 2 == 0 ? FailedCas::kNothing : FailedCas::kMismatch);
    if (i / 7 % 2 == 0) options.object.initial = Json(0);
    RandomHistory random(model, options.object, i);
    random.unique_ = i % 3 == 0;
    const History history = random.Make();
    const bool naive = NaiveLinearizable(history, model, options.object);
    CheckOptions check;
    check.parity = Parity::kMaelstrom;  // no unknown for want of successes
    const Verdict verdict = CheckLinearizable(model == "kv" ? Keyed(history) : history, check, options);
    invalid += !naive;
    if (verdict.valid == (naive ? kYes : kNo)) continue;
    FAIL_CHECK(i << " " << model << " naive " << naive << ": " << Show(history));
    break;
  }
  // The test can fail both ways.
  CHECK(invalid > 10'000);
  CHECK(invalid < 90'000);
}

// Adds `count` crashed writes of 0..4 and cas to a history that goes on reading and writing.
History Crashes(uint64_t count, bool good) {
  std::string line;
  for (uint64_t i = 0; i < count; ++i) {
    const std::string process = std::to_string(100 + i);
    line += process + (i % 2 == 0 ? ":write" + std::to_string(i % 5) :
                       ":cas[" + std::to_string(i % 5) + "," + std::to_string((i + 1) % 5) + "]") + " ";
    line += process + ":info ";
    line += "0:write" + std::to_string(i % 5) + " 1:r 0:ok 1:ok" + std::to_string(i % 5) + " ";
  }
  line += good ? "1:r 1:ok3" : "1:r 1:ok9";
  return Parse(line);
}

TEST_CASE("hundreds of time-outs are no trouble") {
  CHECK(CheckLinearizable(Crashes(300, true), {}, Options("cas-register")).valid == kYes);
  CHECK(CheckLinearizable(Crashes(100, false), {}, Options("cas-register")).valid == kNo);
}

TEST_CASE("a search without end is given up, and says so") {
  LinearizableOptions options = Options("cas-register");
  options.step_budget = 100;
  const Verdict verdict = CheckLinearizable(Crashes(60, false), {}, options);
  CHECK(verdict.valid == Validity::kUnknown);
  CHECK(verdict.details.Find("error")->AsString().starts_with("gave up after 10"));
}

TEST_CASE("the same history gives the same verdict, to the byte") {
  for (uint64_t i = 0; i < 200; ++i) {
    RandomHistory random("cas-register", {}, i);
    const History history = random.Make();
    const Verdict once = CheckLinearizable(history, {}, Options("cas-register"));
    const Verdict twice = CheckLinearizable(history, {}, Options("cas-register"));
    CHECK(once.details.Dump() == twice.details.Dump());
  }
}

}  // namespace
}  // namespace gyre
