// The kafka checker: a table of histories with the verdict, the errors and the words; agreement with its oracle on
// random histories; and nothing that a file can hold makes it stumble.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkers/kafka.h"
#include "sim/base/concat.h"
#include "sim/base/rng.h"
#include "sim/history/edn_json.h"
#include "sim/history/history_files.h"
#include "tests/checkers/kafka_naive.h"
#include "tests/checkers/notation.h"

namespace gyre {
namespace {

// A random history of a few messages: each process works on logs that lose, repeat, reorder and invent.
class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed)
      : draw_(seed, "kafka history", seed),
        open_(1 + draw_.Below(4)),
        logs_(1 + draw_.Below(2)),
        wrong_(draw_.Below(4)),
        transactions_(draw_.Below(3) == 0),
        step_(draw_.Below(3) == 0 ? 1'700'000'000'000 : draw_.Below(2) == 0 ? 1 : 7) {}

  std::vector<Op> Make() {
    const size_t length = draw_.Below(26);
    while (ops_.size() < length) {
      const size_t p = draw_.Below(open_.size());
      open_[p].has_value() ? Complete(p) : Invoke(p);
    }
    return std::move(ops_);
  }

 private:
  struct Message {
    int64_t offset;
    Json value;
  };

  bool Wrong() { return wrong_ > 0 && draw_.Below(12) < wrong_; }

  Json NewValue() {
    const uint64_t k = draw_.Below(8) == 0 ? draw_.Below(4) : next_++;
    if (k % 9 == 7) return Concat("v", k);
    if (k % 9 == 8) return Json::Array{1, k};
    return k % 9 == 5 ? Json(double(k)) : Json(k);
  }
  std::string KeyName(size_t key) { return key == 0 ? "x" : "7"; }
  Json Key(size_t key) { return key == 0 || draw_.Below(2) == 0 ? Json(KeyName(key)) : Json(7); }

  void Add(size_t p, OpType type, Atom f, Json value) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
    op.process = ProcessId(static_cast<int32_t>(p));
    op.type = type;
    op.f = f;
    op.value = std::move(value);
    op.time = ops_.empty() ? Instant() : ops_.back().time + Microseconds(draw_.Between(0, 3));
    if (type == OpType::kInfo) op.error = "net-timeout";
    ops_.push_back(std::move(op));
  }

  void Invoke(size_t p) {
    if (draw_.Below(40) == 0) return Add(p, OpType::kInfo, "crash", Json());  // a completion alone
    const uint64_t what = draw_.Below(10);
    if (what == 0) {
      Json::Array keys;
      for (size_t k = 0; k < logs_.size(); ++k) {
        if (draw_.Below(2) == 0) keys.push_back(Key(k));
      }
      open_[p] = {draw_.Below(4) == 0 ? "subscribe" : "assign", std::move(keys)};
    } else {
      const size_t mops = transactions_ ? 1 + draw_.Below(3) : 1;
      Json::Array txn;
      size_t polls = 0;
      for (size_t i = 0; i < mops; ++i) {
        if (draw_.Below(2) == 0) {
          txn.push_back(Json::Array{"poll"});
          ++polls;
        } else {
          txn.push_back(Json::Array{"send", Key(draw_.Below(logs_.size())), NewValue()});
        }
      }
      open_[p] = {polls == 0 ? "send" : polls == mops && draw_.Below(3) != 0 ? "poll" : "txn", std::move(txn)};
    }
    Add(p, OpType::kInvoke, open_[p]->first, open_[p]->second);
  }

  void Complete(size_t p) {
    const auto [f, value] = *std::exchange(open_[p], std::nullopt);
    const uint64_t end = draw_.Below(10);
    const OpType type = end == 0 ? OpType::kFail : end == 1 ? OpType::kInfo : OpType::kOk;
    if (f == Atom("assign") || f == Atom("subscribe") || (type != OpType::kOk && draw_.Below(2) == 0)) {
      if (type != OpType::kOk && draw_.Below(2) == 0) Apply(value);
      return Add(p, type, f, value);
    }
    Json::Array done;
    for (const Json& mop : value.AsArray()) done.push_back(CompleteMop(mop.AsArray(), type));
    Add(p, type, f, std::move(done));
  }

  // An operation of which nobody heard takes effect.
  void Apply(const Json& value) {
    for (const Json& mop : value.AsArray()) {
      if (mop.is_array() && mop.AsArray()[0] == Json("send")) Append(mop.AsArray());
    }
  }

  int64_t Append(const Json::Array& send) {
    std::vector<Message>& log = logs_[send[1] == Json("x") ? 0 : logs_.size() - 1];
    const int64_t offset = (log.empty() ? 0 : log.back().offset) + step_ * draw_.Between(Wrong() ? -1 : 1, 2);
    log.push_back({offset, send[2]});
    return offset;
  }

  Json CompleteMop(const Json::Array& mop, OpType type) {
    if (mop[0] == Json("send")) {
      const int64_t offset = type == OpType::kFail && draw_.Below(4) != 0 ? step_ : Append(mop);
      if (Wrong() && !logs_.back().empty()) logs_.back().pop_back();
      return Json::Array{"send", mop[1], Json::Array{draw_.Below(8) == 0 ? Json() : Json(offset), mop[2]}};
    }
    Json::Object polled;
    for (size_t k = 0; k < logs_.size(); ++k) {
      if (draw_.Below(4) == 0) continue;
      Json::Array messages;
      const std::vector<Message>& log = logs_[k];
      const size_t begin = log.empty() ? 0 : draw_.Below(log.size() + 1);
      for (size_t i = draw_.Below(2) == 0 ? 0 : begin; i < log.size(); ++i) {
        if (draw_.Below(6) == 0) break;
        if (Wrong()) continue;
        const Json value = Wrong() ? NewValue() : log[i].value;
        const Json offset = draw_.Below(12) == 0 ? Json() : Json(log[i].offset);
        messages.push_back(Json::Array{offset, value});
        if (Wrong()) messages.push_back(messages[0]);
      }
      polled.emplace_back(KeyName(k), draw_.Below(10) == 0 && messages.empty() ? Json() : Json(std::move(messages)));
    }
    return Json::Array{"poll", std::move(polled)};
  }

  Draw draw_;
  std::vector<std::optional<std::pair<Atom, Json>>> open_;  // by process
  std::vector<std::vector<Message>> logs_;                  // by key
  const uint64_t wrong_;                                    // of 12, how often something goes wrong
  const bool transactions_;
  const int64_t step_;
  uint64_t next_ = 0;
  std::vector<Op> ops_;
};

std::vector<Json> Sorted(std::vector<Json> list) {
  std::sort(list.begin(), list.end(), [](const Json& a, const Json& b) { return Json::Compare(a, b) < 0; });
  return list;
}

// The errors of a result as the oracle has them; `cut` has the types of which some are missing.
std::map<std::string, std::vector<Json>> ErrorsOf(const Json& details, std::vector<std::string>* cut) {
  std::map<std::string, std::vector<Json>> errors;
  for (const auto& [type, of_type] : details.AsObject()) {
    if (type == "unseen") {
      for (const auto& [key, values] : of_type.Find("messages")->AsObject()) {
        const Json* count = of_type.Find("unseen")->Find(key);
        if (*count != Json(static_cast<int64_t>(values.AsArray().size()))) cut->push_back(type);
        for (const Json& value : values.AsArray()) errors[type].push_back(Json::Array{key, value});
      }
    }
    const Json* errs = of_type.Find("errs");
    if (errs == nullptr || !errs->is_array() || type.starts_with("G0") || type.starts_with("G1c") ||
        type.ends_with("-cycle-exists")) {
      continue;
    }
    if (static_cast<int64_t>(errs->AsArray().size()) < of_type.Find("count")->AsInt()) cut->push_back(type);
    for (const Json& err : errs->AsArray()) {
      Json::Array error{*err.Find("key")};
      for (const char* name : {"value", "offset", "values", "index", "delta", "skipped", "count", "offsets",
                               "max-read-index", "writer", "reader", "op", "ops"}) {
        const Json* member = err.Find(name);
        if (member == nullptr) continue;
        if (name == std::string_view("values") && type != "inconsistent-offsets") {
          for (const Json& value : member->AsArray()) error.push_back(value);
        } else if (name == std::string_view("ops")) {
          for (const Json& op : member->AsArray()) error.push_back(*op.Find("index"));
        } else {
          error.push_back(member->is_object() && member->Find("index") != nullptr ? *member->Find("index") : *member);
        }
      }
      // values come last in the oracle's words of an offset
      if (type == "inconsistent-offsets") std::swap(error[2], error[3]);
      errors[type].push_back(std::move(error));
    }
  }
  return errors;
}

// In what the checker and the oracle differ, "" in nothing.
std::string Difference(const History& history, Parity parity, bool ww_deps) {
  CheckOptions options;
  options.parity = parity;
  KafkaOptions kafka;
  kafka.ww_deps = ww_deps;
  const Verdict verdict = CheckKafka(history, options, kafka);
  const Json& details = verdict.details;
  const NaiveKafka naive = JudgeKafkaNaively(history, parity, ww_deps);
  if ((verdict.valid == Validity::kInvalid) != !verdict.anomalies.empty()) return "invalid without an anomaly";
  if (parity == Parity::kMaelstrom && naive.errors.count("never-sent") > 0 && !naive.errors.at("never-sent").empty()) {
    return details.Find("valid?")->is_string() ? "" : "what nobody sent";
  }
  std::vector<std::string> cut;
  std::map<std::string, std::vector<Json>> errors = ErrorsOf(details, &cut);
  for (const auto& [type, expected] : naive.errors) {
    const auto is_cut = std::find(cut.begin(), cut.end(), type) != cut.end();
    const std::vector<Json>& got = errors[type];
    if (is_cut ? got.size() > expected.size() : Sorted(got) != Sorted(expected)) {
      return Concat(type, ": got ", Json(got).Dump(), ", expected ", Json(expected).Dump());
    }
    if (is_cut && type != "unseen" && *details.Find(type)->Find("count") != Json(int64_t(expected.size()))) return type;
    errors.erase(type);
  }
  for (const auto& [type, got] : errors) {
    if (!got.empty()) return Concat(type, " is not expected");
  }
  if ((details.Find("empty-transaction-graph") != nullptr) != naive.empty_graph) return "empty graph";
  for (const char* type : {"PL-1", "PL-2", "strong-PL-1", "strong-PL-2"}) {
    const std::string name = Concat(type, "-cycle-exists");
    std::vector<Json> got;
    if (const Json* found = details.Find(name)) {
      for (const Json& one : found->Find("errs")->AsArray()) got.push_back(*one.Find("scc"));
    }
    const auto expected = naive.exist.find(name);
    if (Sorted(got) != (expected == naive.exist.end() ? std::vector<Json>() : Sorted(expected->second))) return name;
  }
  size_t cycles = 0;
  for (const char* type : {"G0", "G1c", "G0-realtime", "G1c-realtime"}) {
    const Json* found = details.Find(type);
    if (found == nullptr) continue;
    for (const Json& cycle : found->Find("errs")->AsArray()) {
      ++cycles;
      if (const std::string wrong = WrongCycle(history, cycle, ww_deps); !wrong.empty()) return wrong;
    }
  }
  if (naive.exist.empty() != (cycles == 0)) return "a component without a cycle, or the reverse";
  const Json* lag = details.Find("worst-realtime-lag");
  if (*lag->Find("lag") != Json(double(naive.worst_lag) / 1e9)) return Concat("lag ", naive.worst_lag, lag->Dump());
  if (*lag->Find("time") != Json(double(naive.worst_lag_time) / 1e9)) return Concat("lag at ", naive.worst_lag_time);
  return "";
}

TEST_CASE("kafka agrees with its definitions on random histories") {
  std::map<std::string, int> seen;
  int invalid = 0;
  for (uint64_t seed = 0; seed < 100'000; ++seed) {
    const absl::StatusOr<History> history = History::Make(RandomHistory(seed).Make());
    REQUIRE(history.ok());
    const Parity parity = seed % 2 == 0 ? Parity::kOurs : Parity::kMaelstrom;
    const std::string difference = Difference(*history, parity, seed % 3 == 0);
    if (!difference.empty()) {
      FAIL("seed " << seed << ": " << difference << "\n" << PrintHistory(*history, HistoryFormat::kEdn));
    }
    const Verdict verdict = CheckKafka(*history, {}, {.ww_deps = true});
    invalid += verdict.valid == Validity::kInvalid ? 1 : 0;
    for (const auto& [name, value] : verdict.details.AsObject()) ++seen[name];
  }
  for (const char* type :
       {"G0", "G0-realtime", "G1a", "G1c", "G1c-realtime", "PL-1-cycle-exists", "PL-2-cycle-exists", "duplicate",
        "empty-transaction-graph", "inconsistent-offsets", "int-nonmonotonic-poll", "int-nonmonotonic-send",
        "int-poll-skip", "int-send-skip", "lost-write", "never-sent", "nonmonotonic-poll", "nonmonotonic-send",
        "poll-skip", "precommitted-read", "strong-PL-1-cycle-exists", "strong-PL-2-cycle-exists", "unseen"}) {
    CHECK_MESSAGE(seen[type] >= 100, type);
  }
  MESSAGE(invalid << " of 100000 invalid");
}

// A history in the notation of this folder, with ' for ".
History Quoted(std::string line) {
  std::replace(line.begin(), line.end(), '\'', '"');
  return Parse(line);
}

// Values of all kinds, micro-operations, offsets and keys that are none among them.
Json Anything(Draw& draw, int depth) {
  switch (draw.Below(depth == 0 ? 9 : 13)) {
    case 0: return Json();
    case 1: return Json(draw.Below(2) == 0);
    case 2: return Json(draw.Between(-2, 4));
    case 3: return Json("x");
    case 4: return Json("send");
    case 5: return Json("poll");
    case 6: return Json(1.5);
    case 7: return Json(UINT64_MAX);
    case 8: return Json(std::string(1000, 'y'));
    case 9: return Json::ObjectOf({{"x", Anything(draw, depth - 1)}, {"y", Anything(draw, depth - 1)}});
    case 10:
      return Json::Array{draw.Below(2) == 0 ? "send" : "poll", Anything(draw, depth - 1), Anything(draw, depth - 1)};
    default: break;
  }
  Json::Array list;
  for (uint64_t i = draw.Below(4); i > 0; --i) list.push_back(Anything(draw, depth - 1));
  return list;
}

TEST_CASE("kafka: a history of anything is judged or refused with a sentence") {
  int refused = 0;
  constexpr const char* kF[] = {"poll", "send", "txn", "assign", "crash", ""};
  constexpr OpType kTypes[] = {OpType::kInvoke, OpType::kOk, OpType::kOk, OpType::kInfo, OpType::kFail};
  for (uint64_t seed = 0; seed < 20'000; ++seed) {
    Draw draw(seed, "kafka garbage", seed);
    std::vector<Op> ops;
    std::vector<bool> open(4, false);
    for (uint64_t i = draw.Below(12); i > 0; --i) {
      Op op;
      op.index = OpIndex(static_cast<uint32_t>(ops.size()));
      op.process = ProcessId(static_cast<int32_t>(draw.Below(4)) - 1);
      op.type = kTypes[draw.Below(5)];
      op.f = kF[draw.Below(6)];
      op.value = Anything(draw, 4);
      if (draw.Below(2) == 0 && !op.value.is_array()) op.value = Json::Array{Json::Array{"poll", op.value}};
      if (op.process == kNemesis) op.type = OpType::kInfo;
      const size_t p = static_cast<size_t>(op.process.value() + 1);
      if (op.type == OpType::kInvoke && open[p]) op.type = OpType::kOk;
      open[p] = op.type == OpType::kInvoke;
      ops.push_back(std::move(op));
    }
    const absl::StatusOr<History> history = History::Make(ops);
    REQUIRE_MESSAGE(history.ok(), history.status());
    for (const Parity parity : {Parity::kOurs, Parity::kMaelstrom}) {
      CheckOptions options;
      options.parity = parity;
      const Verdict verdict = CheckKafka(*history, options, {.ww_deps = seed % 2 == 0});
      const Json* error = verdict.details.Find("error");
      CHECK((verdict.valid == Validity::kUnknown) == (error != nullptr));
      refused += error != nullptr && error->AsString().find("is not as a kafka history has it") != std::string::npos;
    }
  }
  CHECK(refused > 1000);
  CHECK(refused < 39'000);
}

TEST_CASE("kafka: what cannot be read is refused with a sentence") {
  const auto error = [](const char* history) {
    return CheckKafka(Quoted(history), {}).details.Find("error")->AsString();
  };
  CHECK(error("0:poll 0:ok[['poll',{'x':[[1.5,1]]}]]") ==
        "op 1 (ok poll) is not as a kafka history has it: an offset is an integer below 2^63, not 1.5");
  CHECK(error("0:poll 0:ok[['poll',{'x':[[1]]}]]") ==
        "op 1 (ok poll) is not as a kafka history has it: a polled message is [offset, message], not [1]");
  CHECK(error("0:poll 0:ok[['poll',{'x':7}]]") ==
        "op 1 (ok poll) is not as a kafka history has it: a poll returns a list of messages for key x, not 7");
  CHECK(error("0:poll 0:ok[['poll',7]]") ==
        "op 1 (ok poll) is not as a kafka history has it: a poll returns a list of messages for each key, not 7");
  CHECK(error("0:txn 0:ok[['r',8,null]]") ==
        "op 1 (ok txn) is not as a kafka history has it: it has something that is neither a send nor a poll: "
        "[\"r\",8,null]");
  CHECK(error("0:send 0:ok7") ==
        "op 1 (ok send) is not as a kafka history has it: its value is no list of sends and polls: 7");
  CHECK(error("0:assign 0:ok7") ==
        "op 1 (ok assign) is not as a kafka history has it: the keys of an assign are a list, not 7");
  CHECK(error("0:send[['send','x',1]] 0:info") == "no poll was answered, so nothing was checked");
  CHECK(error("0:poll[['poll']] 0:ok[['poll',{}]]") ==
        "no two operations are ordered by anything, so nothing was checked");
}

struct Row {
  const char* history;
  const char* error_types;  // that the result names, with ' for "
  const char* anomalies;    // one a line, in words
};

// Each send and poll is of key x but where it says otherwise.
const Row kRows[] = {
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]]",
     "[]",
     ""},
    {"0:send[['send','x',1]] 1:send[['send','x',2]] 1:ok[['send','x',[1700000000000,2]]] "
     "0:ok[['send','x',[1700000000999,1]]] 1:poll[['poll']] "
     "1:ok[['poll',{'x':[[1700000000000,2],[1700000000999,1]]}]]",
     "[]",
     ""},
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1],[1,1]]}]]",
     "['duplicate','int-nonmonotonic-poll']",
     "duplicate: message 1 of key \"x\" is in the log 2 times. process 0 (ops 0 to 1, 0.000s to 0.001s) saw it "
     "at offset 0; process 1 (ops 2 to 3, 0.002s to 0.003s) saw it at offset 1; process 0 (ops 0 to 1, 0.000s "
     "to 0.001s) sent it.\n"
     "int-nonmonotonic-poll: process 1 (ops 2 to 3, 0.002s to 0.003s) polled 1 (offset 0) of key \"x\" right "
     "after 1 (offset 0): that is the same place in the log again.\n"},
    {"0:send[['send','x',1]] 0:fail 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]]",
     "['G1a']",
     "G1a: process 1 (ops 2 to 3, 0.002s to 0.003s) polled message 1 (offset 0) of key \"x\", whose send "
     "failed: process 0 (ops 0 to 1, 0.000s to 0.001s) sent it and was told that this failed.\n"},
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]] "
     "0:send[['send','x',2]] 0:ok[['send','x',[0,2]]] 1:poll[['poll']] 1:ok[['poll',{'x':[]}]]",
     "['inconsistent-offsets','lost-write','unseen']",
     "inconsistent-offsets: offset 0 of key \"x\" has 2 different messages: process 0 (ops 0 to 1, 0.000s to "
     "0.001s) saw 1 there, but process 0 (ops 4 to 5, 0.004s to 0.005s) saw 2 there.\n"
     "lost-write: message 2 (offset 0) of key \"x\" is lost: process 0 (ops 4 to 5, 0.004s to 0.005s) sent it. "
     "No poll ever returned it, but process 1 (ops 2 to 3, 0.002s to 0.003s) polled 1 (offset 0), which stands "
     "in its place in the log.\n"
     "unseen: message 2 of key \"x\" was acknowledged, and no poll returned it to the end: process 0 (ops 4 to "
     "5, 0.004s to 0.005s) sent it.\n"},
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 0:send[['send','x',2]] 0:ok[['send','x',[1,2]]] "
     "1:poll[['poll']] 1:ok[['poll',{'x':[[1,2],[0,1]]}]]",
     "['int-nonmonotonic-poll']",
     "int-nonmonotonic-poll: process 1 (ops 4 to 5, 0.004s to 0.005s) polled 1 (offset 0) of key \"x\" right "
     "after 2 (offset 1): that is further back in the log.\n"},
    {"0:send[['send','x',1],['send','x',2]] 0:ok[['send','x',[5,1]],['send','x',[4,2]]] 1:poll[['poll']] "
     "1:ok[['poll',{'x':[[4,2],[5,1]]}]]",
     "['int-nonmonotonic-send']",
     "int-nonmonotonic-send: process 0 (ops 0 to 1, 0.000s to 0.001s) sent 2 (offset 4) of key \"x\" right "
     "after 1 (offset 5): that is further back in the log.\n"},
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 0:send[['send','x',2]] 0:ok[['send','x',[1,2]]] "
     "0:send[['send','x',3]] 0:ok[['send','x',[2,3]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1],[2,3]]}]] "
     "2:poll[['poll']] 2:ok[['poll',{'x':[[1,2]]}]]",
     "['int-poll-skip']",
     "int-poll-skip: process 1 (ops 6 to 7, 0.006s to 0.007s) polled 3 (offset 2) of key \"x\" right after 1 "
     "(offset 0). Between them is 2 (offset 1): process 0 (ops 2 to 3, 0.002s to 0.003s) sent it.\n"},
    {"0:send[['send','x',1],['send','x',3]] 1:send[['send','x',2]] 1:ok[['send','x',[1,2]]] "
     "0:ok[['send','x',[0,1]],['send','x',[2,3]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1],[1,2],[2,3]]}]]",
     "['int-send-skip']",
     ""},
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 0:send[['send','x',2]] 0:ok[['send','x',[1,2]]] "
     "1:poll[['poll']] 1:ok[['poll',{'x':[[1,2]]}]]",
     "['lost-write','unseen']",
     "lost-write: message 1 (offset 0) of key \"x\" is lost: process 0 (ops 0 to 1, 0.000s to 0.001s) sent it. "
     "No poll ever returned it, but process 1 (ops 4 to 5, 0.004s to 0.005s) polled 2 (offset 1), which stands "
     "after it in the log.\n"
     "unseen: message 1 of key \"x\" was acknowledged, and no poll returned it to the end: process 0 (ops 0 to "
     "1, 0.000s to 0.001s) sent it.\n"},
    {"0:poll[['poll']] 0:ok[['poll',{'x':[[3,7]]}]] 0:poll[['poll']] 0:ok[['poll',{'x':[]}]]",
     "['never-sent']",
     "never-sent: process 0 (ops 0 to 1, 0.000s to 0.001s) polled message 7 (offset 3) of key \"x\", which "
     "nobody sent.\n"},
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]] "
     "1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]]",
     "['nonmonotonic-poll']",
     "nonmonotonic-poll: process 1 (ops 4 to 5, 0.004s to 0.005s) polled 1 (offset 0) of key \"x\", after it "
     "had polled 1 (offset 0) (ops 2 to 3, 0.002s to 0.003s): that is the same place in the log again.\n"},
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]] "
     "1:assign['y'] 1:ok 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]]",
     "[]",
     ""},
    {"0:send[['send','x',1]] 0:ok[['send','x',[5,1]]] 0:send[['send','x',2]] 0:ok[['send','x',[3,2]]] "
     "1:poll[['poll']] 1:ok[['poll',{'x':[[3,2],[5,1]]}]]",
     "['nonmonotonic-send']",
     "nonmonotonic-send: process 0 (ops 2 to 3, 0.002s to 0.003s) sent 2 (offset 3) of key \"x\", after it had "
     "sent 1 (offset 5) (ops 0 to 1, 0.000s to 0.001s): that is further back in the log.\n"},
    {"0:send[['send','x',1],['send','x',2],['send','x',3]] "
     "0:ok[['send','x',[0,1]],['send','x',[1,2]],['send','x',[2,3]]] 1:poll[['poll']] "
     "1:ok[['poll',{'x':[[0,1]]}]] 1:poll[['poll']] 1:ok[['poll',{'x':[]}]] 1:poll[['poll']] "
     "1:ok[['poll',{'x':[[2,3]]}]] 2:poll[['poll']] 2:ok[['poll',{'x':[[0,1],[1,2],[2,3]]}]]",
     "['poll-skip']",
     "poll-skip: process 1 (ops 6 to 7, 0.006s to 0.007s) polled 3 (offset 2) of key \"x\" right after its "
     "poll of 1 (offset 0) (ops 2 to 3, 0.002s to 0.003s). Between them is 2 (offset 1): process 0 (ops 0 to "
     "1, 0.000s to 0.001s) sent it.\n"},
    {"0:txn[['send','x',1],['poll']] 0:ok[['send','x',[0,1]],['poll',{'x':[[0,1]]}]] 1:poll[['poll']] "
     "1:ok[['poll',{'x':[[0,1]]}]]",
     "['precommitted-read']",
     "precommitted-read: process 0 (ops 0 to 1, 0.000s to 0.001s) polled message 1 (offset 0) of key \"x\", "
     "which it sent itself and had not committed.\n"},
    {"0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]] "
     "0:send[['send','x',2]] 0:ok[['send','x',[1,2]]] 1:poll[['poll']] 1:ok[['poll',{'x':[]}]]",
     "['unseen']",
     "unseen: message 2 of key \"x\" was acknowledged, and no poll returned it to the end: process 0 (ops 4 to "
     "5, 0.004s to 0.005s) sent it.\n"},
    {"0:poll[['poll']] 0:ok[['poll',{'x':[[0,1]]}]] 1:send[['send','x',1]] 1:ok[['send','x',[0,1]]] "
     "0:poll[['poll']] 0:ok[['poll',{}]]",
     "['G1c-realtime','strong-PL-2-cycle-exists']",
     "G1c-realtime: Let:\n"
     "  T1 = send [[\"send\",\"x\",[0,1]]] of process 1 (ops 2 to 3, 0.002s to 0.003s)\n"
     "  T2 = poll [[\"poll\",{\"x\":[[0,1]]}]] of process 0 (ops 0 to 1, 0.000s to 0.001s)\n"
     "Then:\n"
     "  - T1 < T2, because T1 sent 1 to key \"x\", which T2 polled.\n"
     "  - However, T2 < T1, because T2 was answered at 0.001s, before T1 began at 0.002s: a contradiction!\n"},
    {"0:txn[['send','x',1],['poll']] 1:txn[['send','y',2],['poll']] "
     "0:ok[['send','x',[0,1]],['poll',{'y':[[0,2]]}]] 1:ok[['send','y',[0,2]],['poll',{'x':[[0,1]]}]]",
     "['G1c','PL-2-cycle-exists']",
     "G1c: Let:\n"
     "  T1 = txn [[\"send\",\"x\",[0,1]],[\"poll\",{\"y\":[[0,2]]}]] of process 0 (ops 0 to 2, 0.000s to "
     "0.002s)\n"
     "  T2 = txn [[\"send\",\"y\",[0,2]],[\"poll\",{\"x\":[[0,1]]}]] of process 1 (ops 1 to 3, 0.001s to "
     "0.003s)\n"
     "Then:\n"
     "  - T1 < T2, because T1 sent 1 to key \"x\", which T2 polled.\n"
     "  - However, T2 < T1, because T2 sent 2 to key \"y\", which T1 polled: a contradiction!\n"},
    {"0:send[['send','x',1],['send','x',2],['send','x',3]] "
     "0:ok[['send','x',[0,1]],['send','x',[4,2]],['send','x',[9,3]]] 1:poll[['poll']] "
     "1:ok[['poll',{'x':[[0,1]]}]]",
     "['unseen']",
     "unseen: 2 messages of key \"x\" were acknowledged, and no poll returned them to the end: 2, 3; of the "
     "first: process 0 (ops 0 to 1, 0.000s to 0.001s) sent it.\n"},
    {"0:send[['send','x',1]] 0:info 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]]",
     "[]",
     ""},
    {"0:send[['send','x',1],['send','y',2]] 0:info[['send','x',[0,1]],['send','y',[0,2]]] "
     "1:send[['send','y',3]] 1:ok[['send','y',[1,3]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]],'y':[[1,3]]}]]",
     "['lost-write']",
     "lost-write: message 2 (offset 0) of key \"y\" is lost: process 0 (ops 0 to 1, 0.000s to 0.001s) sent it "
     "and was not told what came of it. No poll ever returned it, but process 1 (ops 4 to 5, 0.004s to 0.005s) "
     "polled 3 (offset 1), which stands after it in the log.\n"},
    {"0:send[['send','x',9007199254740993]] 0:ok[['send','x',[0,9007199254740993]]] 1:poll[['poll']] "
     "1:ok[['poll',{'x':[[0,9007199254740992.0]]}]]",
     "['inconsistent-offsets','lost-write','never-sent','unseen']",
     "never-sent: process 1 (ops 2 to 3, 0.002s to 0.003s) polled message 9007199254740992.0 (offset 0) of key "
     "\"x\", which nobody sent. 9007199254740993 is beyond 2^53 and came back as 9007199254740992.0, the "
     "nearest float64: the node's JSON library reads integers as floating point; have it keep integers, or "
     "send such numbers as strings.\n"
     "inconsistent-offsets: offset 0 of key \"x\" has 2 different messages: process 0 (ops 0 to 1, 0.000s to "
     "0.001s) saw 9007199254740993 there, but process 1 (ops 2 to 3, 0.002s to 0.003s) saw 9007199254740992.0 "
     "there.\n"
     "lost-write: message 9007199254740993 (offset 0) of key \"x\" is lost: process 0 (ops 0 to 1, 0.000s to "
     "0.001s) sent it. No poll ever returned it, but process 1 (ops 2 to 3, 0.002s to 0.003s) polled "
     "9007199254740992.0 (offset 0), which stands in its place in the log.\n"
     "unseen: message 9007199254740993 of key \"x\" was acknowledged, and no poll returned it to the end: "
     "process 0 (ops 0 to 1, 0.000s to 0.001s) sent it.\n"},
};

TEST_CASE("kafka: what is wrong is told in words") {
  for (const Row& row : kRows) {
    CAPTURE(row.history);
    const Verdict verdict = CheckKafka(Quoted(row.history), {}, {});
    std::string anomalies;
    for (const Anomaly& anomaly : verdict.anomalies) anomalies += Concat(anomaly.kind, ": ", anomaly.text, "\n");
    CHECK(anomalies == row.anomalies);
    CHECK(PlainResults(*verdict.details.Find("error-types")) == FromJson(row.error_types));
  }
}

struct LookRow {
  const char* after;  // the acknowledgement, ops 4 to 5, of message 2 of key x
  Validity valid;
  const char* error;
};

// Whether what nobody polled was looked for.
const LookRow kLooks[] = {
    {"1:poll[['poll']] 1:ok[['poll',{'x':[]}]]", Validity::kInvalid, ""},
    {"1:assign['x'] 1:ok 1:poll[['poll']] 1:ok[['poll',{}]]", Validity::kInvalid, ""},
    {"1:subscribe['y','x'] 1:ok 1:poll[['poll']] 1:ok[['poll',{}]] 1:assign['y'] 1:ok", Validity::kInvalid, ""},
    {"", Validity::kUnknown,
     "1 message was acknowledged and not polled, and no answered poll that began later asked for it, so it is not "
     "known whether anything is lost: 2 of key \"x\", process 0 (ops 4 to 5, 0.004s to 0.005s) sent it"},
    {"0:send[['send','y',3]] 0:ok[['send','y',[0,3]]] 1:poll[['poll']] 1:info", Validity::kUnknown,
     "2 messages were acknowledged and not polled, and no answered poll that began later asked for them, so it is not "
     "known whether anything is lost: the first is 2 of key \"x\", process 0 (ops 4 to 5, 0.004s to 0.005s) sent it"},
    {"1:poll[['poll']] 1:ok[['poll',{}]]", Validity::kUnknown, nullptr},
    {"1:poll[['poll']] 1:ok[['poll',{'y':[]}]]", Validity::kUnknown, nullptr},
    {"1:assign['x'] 1:info 1:poll[['poll']] 1:ok[['poll',{}]]", Validity::kUnknown, nullptr},
    {"1:assign['x'] 1:ok 1:assign['y'] 1:ok 1:poll[['poll']] 1:ok[['poll',{}]]", Validity::kUnknown, nullptr},
    {"1:assign['x'] 1:ok 2:poll[['poll']] 2:ok[['poll',{}]]", Validity::kUnknown, nullptr},
};

TEST_CASE("kafka: what was not looked for after it was acknowledged is not known to be lost") {
  for (const LookRow& row : kLooks) {
    CAPTURE(row.after);
    const Verdict verdict = CheckKafka(
        Quoted(Concat("0:send[['send','x',1]] 0:ok[['send','x',[0,1]]] 1:poll[['poll']] 1:ok[['poll',{'x':[[0,1]]}]] "
                      "0:send[['send','x',2]] 0:ok[['send','x',[1,2]]] ",
                      row.after)),
        {}, {});
    CHECK(verdict.valid == row.valid);
    const Json* error = verdict.details.Find("error");
    CHECK((error != nullptr) == (verdict.valid == Validity::kUnknown));
    if (error != nullptr && row.error != nullptr) CHECK(error->AsString() == row.error);
  }
  const History under_way = Quoted(
      "0:send[['send','x',2]] 1:poll[['poll']] 0:ok[['send','x',[1,2]]] 1:ok[['poll',{'x':[]}]]");
  CHECK(CheckKafka(under_way, {}, {}).valid == Validity::kUnknown);
  CheckOptions maelstrom;
  maelstrom.parity = Parity::kMaelstrom;
  CHECK(CheckKafka(under_way, maelstrom, {}).valid == Validity::kInvalid);
}

TEST_CASE("kafka: what is unseen names the poll that looked for it last") {
  const Verdict verdict = CheckKafka(
      Quoted("0:send[['send','x',2]] 0:ok[['send','x',[1,2]]] 1:poll[['poll']] 1:ok[['poll',{'x':[]}]]"), {}, {});
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].witness == FromJson("{'key':'x','value':2,'ops':[[0,1]],'last-look':[2,3]}"));
}

TEST_CASE("kafka: a cycle's witness has the micro-operations of each step, for its picture") {
  const Verdict verdict = CheckKafka(
      Quoted("0:txn[['send','x',1],['poll']] 1:txn[['send','y',2],['poll']] "
             "0:ok[['send','x',[0,1]],['poll',{'y':[[0,2]]}]] 1:ok[['send','y',[0,2]],['poll',{'x':[[0,1]]}]]"),
      {}, {});
  REQUIRE(!verdict.anomalies.empty());
  CHECK(verdict.anomalies[0].witness ==
        FromJson("{'cycle':[[0,2],[1,3]],'steps':["
                 "{'type':':wr','key':'x','value':1,'a-mop-index':0,'b-mop-index':1},"
                 "{'type':':wr','key':'y','value':2,'a-mop-index':0,'b-mop-index':1}]}"));
}

}  // namespace
}  // namespace gyre
