// The kafka workload without a simulation: what its clients send, keep and make of replies, and what they are asked to
// do, from the beginning to the last poll.
#include "workloads/kafka.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/checkers/notation.h"
#include "workloads/kafka_generator.h"

namespace gyre {
namespace {

Workload Make(bool parity = false) {
  WorkloadOptions options;
  options.nodes = {"n1"};
  options.parity_maelstrom = parity;
  return MakeKafka(options);
}

// One client, told what to do and what came.
class Talk {
 public:
  explicit Talk(bool parity = false) : workload_(Make(parity)) {
    ClientContext context;
    context.node = "n1";
    client_ = workload_.client.make(context);
  }

  // `words`: "F VALUE" invokes, "final assign VALUE" too, "reply BODY" answers what was sent last, "timeout" does not.
  // What the client does: "sends BODY", or "ok VALUE", with error and kind of fault where there are any.
  std::string Do(const std::string& words) {
    if (words == "timeout") return Told(client_->OnTimeout(op_, sent_));
    const size_t space = words.find(' ');
    const std::string verb = words.substr(0, space);
    const std::string rest = words.substr(space + 1);
    if (verb == "reply") return Told(client_->OnReply(op_, sent_, FromJson(rest)));
    if (verb == "final") {
      op_.final = true;
      return Invoke(rest);
    }
    op_.final = false;
    return Invoke(words);
  }

  const std::optional<ReplyFault>& fault() const { return fault_; }

 private:
  std::string Invoke(const std::string& words) {
    const size_t space = words.find(' ');
    op_.f = Atom(words.substr(0, space));
    op_.value = FromJson(words.substr(space + 1));
    return Told(client_->Invoke(op_));
  }

  std::string Told(ClientAction action) {
    if (const Rpc* rpc = std::get_if<Rpc>(&action)) {
      CHECK(rpc->dest.empty());
      sent_ = rpc->body;
      return "sends " + sent_.Dump();
    }
    Completion& end = std::get<Completion>(action);
    std::string told = std::string(ToString(end.type)) + " " + end.value.Dump();
    if (!end.error.is_null() && end.exception.is_null()) told += " error " + end.error.Dump();
    if (!end.exception.is_null()) told += " exception " + end.exception.Find("class")->AsString();
    if (end.fault.has_value()) told += " fault " + end.fault->kind;
    fault_ = std::move(end.fault);
    return told;
  }

  Workload workload_;
  std::unique_ptr<Client> client_;
  Op op_;
  Json sent_;
  std::optional<ReplyFault> fault_;
};

struct Line {
  const char* words;
  const char* told;  // with ' for "
};

void Hold(const std::vector<Line>& lines, bool parity = false) {
  Talk talk(parity);
  for (const Line& line : lines) {
    CAPTURE(line.words);
    std::string wanted = line.told;
    std::replace(wanted.begin(), wanted.end(), '\'', '"');
    CHECK(talk.Do(line.words) == wanted);
  }
}

TEST_CASE("a send is told its offset") {
  Hold({{"send [['send','a',7]]", "sends {'type':'send','key':'a','msg':7}"},
        {"reply {'type':'send_ok','offset':3}", "ok [['send','a',[3,7]]]"},
        // A whole number, kept as it is written.
        {"send [['send','a',8]]", "sends {'type':'send','key':'a','msg':8}"},
        {"reply {'type':'send_ok','offset':4.0}", "ok [['send','a',[4.0,8]]]"},
        {"send [['send','a',9]]", "sends {'type':'send','key':'a','msg':9}"},
        {"reply {'type':'error','code':11,'text':'busy'}",
         "fail [['send','a',9]] error ['temporarily-unavailable','busy']"},
        {"send [['send','a',9]]", "sends {'type':'send','key':'a','msg':9}"},
        {"timeout", "info [['send','a',9]] error 'net-timeout'"}});
}

TEST_CASE("polls go on after what was polled, once it is committed") {
  const std::vector<Line> kBefore = {
      {"poll [['poll']]", "sends {'type':'poll','offsets':{}}"},
      {"reply {'type':'poll_ok','msgs':{}}", "ok [['poll',{}]]"},
      {"assign ['a','b']", "sends {'type':'list_committed_offsets','keys':['a','b']}"},
      {"reply {'type':'list_committed_offsets_ok','offsets':{'b':4}}", "ok ['a','b']"},
      {"poll [['poll']]", "sends {'type':'poll','offsets':{'a':0,'b':4}}"},
      // The highest offset counts, wherever it stands; null and [] are no messages.
      {"reply {'type':'poll_ok','msgs':{'a':[[0,1],[9,3],[5,2]],'b':null}}",
       "sends {'type':'commit_offsets','offsets':{'a':9}}"},
      {"reply {'type':'commit_offsets_ok'}", "ok [['poll',{'a':[[0,1],[9,3],[5,2]],'b':null}]]"},
      {"poll [['poll']]", "sends {'type':'poll','offsets':{'a':10,'b':4}}"},
      {"reply {'type':'poll_ok','msgs':{'b':[[4,1]],'a':[]}}", "sends {'type':'commit_offsets','offsets':{'b':4}}"},
      {"timeout", "info [['poll']] error 'net-timeout'"}};
  for (const bool parity : {false, true}) {
    CAPTURE(parity);
    std::vector<Line> lines = kBefore;
    // Maelstrom's client has moved on, though nobody knows that it polled.
    lines.push_back({"poll [['poll']]", parity ? "sends {'type':'poll','offsets':{'a':10,'b':5}}"
                                               : "sends {'type':'poll','offsets':{'a':10,'b':4}}"});
    Hold(lines, parity);
  }
}

TEST_CASE("an assign keeps places, asks for others, and a final one begins anew") {
  Hold({{"assign ['a']", "sends {'type':'list_committed_offsets','keys':['a']}"},
        {"reply {'type':'list_committed_offsets_ok','offsets':{'a':2.0}}", "ok ['a']"},
        {"assign ['b','a']", "sends {'type':'list_committed_offsets','keys':['b','a']}"},
        // Its own place of a, not what others committed.
        {"reply {'type':'list_committed_offsets_ok','offsets':{'a':8,'b':3}}", "ok ['b','a']"},
        {"poll [['poll']]", "sends {'type':'poll','offsets':{'b':3,'a':2}}"},
        {"reply {'type':'error','code':20,'text':'no b'}", "fail [['poll']] error ['key-does-not-exist','no b']"},
        {"assign ['b']", "sends {'type':'list_committed_offsets','keys':['b']}"},
        // An assign changes nothing at the node: it failed, and the client keeps what it has.
        {"timeout", "fail ['b'] error 'net-timeout'"},
        {"poll [['poll']]", "sends {'type':'poll','offsets':{'b':3,'a':2}}"},
        {"timeout", "info [['poll']] error 'net-timeout'"},
        {"assign ['b']", "sends {'type':'list_committed_offsets','keys':['b']}"},
        {"reply {'type':'error','code':13,'text':'oh'}", "fail ['b'] error ['crash','oh']"},
        {"final assign ['a','c']", "ok ['a','c']"},
        {"poll [['poll']]", "sends {'type':'poll','offsets':{'a':0,'c':0}}"}});
}

TEST_CASE("offsets at the ends of what an integer holds") {
  Hold({{"final assign ['a']", "ok ['a']"},
        {"poll [['poll']]", "sends {'type':'poll','offsets':{'a':0}}"},
        {"reply {'type':'poll_ok','msgs':{'a':[[9223372036854775807,1]]}}",
         "sends {'type':'commit_offsets','offsets':{'a':9223372036854775807}}"},
        {"reply {'type':'commit_offsets_ok'}",
         "ok [['poll',{'a':[[9223372036854775807,1]]}]]"},
        {"poll [['poll']]", "sends {'type':'poll','offsets':{'a':9223372036854775807}}"},
        {"reply {'type':'poll_ok','msgs':{'a':[[-5,1]]}}", "sends {'type':'commit_offsets','offsets':{'a':-5}}"},
        {"reply {'type':'commit_offsets_ok'}", "ok [['poll',{'a':[[-5,1]]}]]"},
        // Never back.
        {"poll [['poll']]", "sends {'type':'poll','offsets':{'a':9223372036854775807}}"}});
}

TEST_CASE("a crash is of the client alone") {
  Hold({{"crash null", "info null"}});
  CHECK_FALSE(Make().client.reusable);
  CHECK(Make().client.rpc_timeout == Seconds(5));
  CHECK(Make().setup.empty());
}

TEST_CASE("replies that are not the answer to their request") {
  struct Row {
    std::vector<const char*> before;
    const char* op;  // as the completion has it
    const char* reply;
    const char* kind;
    const char* what;  // after "something else than ..._ok: "
  };
  const char* kSend = "send [['send','a',7]]";
  const std::vector<const char*> kPoll = {"final assign ['a']", "poll [['poll']]"};
  const std::vector<const char*> kCommit = {"final assign ['a']", "poll [['poll']]",
                                            "reply {'type':'poll_ok','msgs':{'a':[[1,1]]}}"};
  const std::vector<const char*> kAssign = {"assign ['a']"};
  const char* kSent = "[['send','a',7]]";
  const char* kPolled = "[['poll']]";
  const Row kRows[] = {
      {{kSend}, kSent, "{'type':'poll_ok','msgs':{}}", "wrong-reply",
       R"(its type is "poll_ok", not "send_ok": that answers a "poll")"},
      {{kSend}, kSent, "{'type':'send_ok'}", "missing-field",
       R"(it has no "offset")"},
      {{kSend}, kSent, "{'type':'send_ok','offset':1.5}", "fractional-integer",
       R"(its "offset" should be an offset, an integer of 64 bits, but is 1.5)"},
      {{kSend}, kSent, "{'type':'send_ok','offset':1e19}", "wrong-type",
       R"(its "offset" should be an offset, an integer of 64 bits, but is 1e+19)"},
      {{kSend}, kSent, "{'type':'send_ok','offset':'1'}", "wrong-type",
       R"(its "offset" should be an offset, an integer of 64 bits, but is a string)"},
      {{kSend}, kSent, "{'type':'send_ok','offset':null}", "wrong-type",
       R"(its "offset" should be an offset, an integer of 64 bits, but is null)"},
      {kPoll, kPolled, "{'type':'poll_ok','msgs':[]}", "wrong-type",
       R"(its "msgs" should be {key: [[offset, message], ...], ...}, but is a list)"},
      {kPoll, kPolled, "{'type':'poll_ok','msgs':{'a':[1,2]}}", "wrong-type",
       R"(its "msgs" should be {key: [[offset, message], ...], ...}, but has {"a":[1,2]})"},
      {kPoll, kPolled, "{'type':'poll_ok','msgs':{'a':[[1]]}}", "wrong-type",
       R"(its "msgs" should be {key: [[offset, message], ...], ...}, but has {"a":[[1]]})"},
      {kPoll, kPolled, "{'type':'poll_ok','msgs':{'a':[['1',2]]}}", "wrong-type",
       R"(its "msgs" should be {key: [[offset, message], ...], ...}, but has {"a":[["1",2]]})"},
      {kPoll, kPolled, "{'type':'poll_ok','msgs':{'b':[[1,2]]}}", "unasked-key",
       R"(it has key "b", which was not asked for)"},
      {kCommit, kPolled, "{'type':'commit_offsets','offsets':{}}", "wrong-reply",
       R"(its type is "commit_offsets", not "commit_offsets_ok": that is a request)"},
      {kAssign, "['a']", "{'type':'list_committed_offsets_ok','offsets':{'c':1}}", "unasked-key",
       R"(it has key "c", which was not asked for)"},
      {kAssign, "['a']", "{'type':'list_committed_offsets_ok','offsets':{'a':null}}", "wrong-type",
       R"(its "offsets" should be {key: offset, ...}, but has {"a":null})"},
      {kAssign, "['a']", "{'type':'list_committed_offsets_ok'}", "missing-field",
       R"(it has no "offsets")"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    for (const bool parity : {false, true}) {
      Talk talk(parity);
      for (const char* words : row.before) talk.Do(words);
      const std::string wanted = "info " + FromJson(row.op).Dump() + " exception malformed-reply fault " + row.kind;
      CHECK(talk.Do(std::string("reply ") + row.reply) == wanted);
      REQUIRE(talk.fault().has_value());
      CHECK(talk.fault()->invalidates == !parity);
      const std::string line = talk.fault()->text.substr(0, talk.fault()->text.find('\n'));
      CHECK(line.substr(line.find("_ok: ") + 5) == std::string(row.what) + ".");
    }
  }
}

TEST_CASE("the error for a node's author, in full") {
  Talk talk;
  talk.Do("final assign ['a']");
  talk.Do("poll [['poll']]");
  talk.Do("reply {'type':'poll_ok','msgs':{'b':[[1,2]]}}");
  REQUIRE(talk.fault().has_value());
  CHECK(talk.fault()->text ==
        "answered poll with something else than poll_ok: it has key \"b\", which was not asked for.\n"
        "  sent:     {\"type\":\"poll\",\"offsets\":{\"a\":0}}\n"
        "  expected: {\"type\": \"poll_ok\", \"msgs\": {key: [[offset, message], ...], ...}} or {\"type\": \"error\", "
        "\"code\": integer, \"text\": string (optional)}\n"
        "  received: {\"type\":\"poll_ok\",\"msgs\":{\"b\":[[1,2]]}}\n"
        "  to do:    answer each poll with keys that it names, and no others.");
}

// What clients are asked to do, with nodes that keep one log a key and clients that see all of it at once.
class Bench {
 public:
  explicit Bench(GeneratorPtr generator, uint32_t threads) : generator_(std::move(generator)) {
    context_.seed = 5;
    context_.concurrency = threads;
    context_.nodes = 1;
    for (uint32_t i = 0; i < threads; ++i) {
      context_.free_threads.push_back(static_cast<int32_t>(i));
      context_.all_threads.push_back(static_cast<int32_t>(i));
      context_.process_of.push_back(ProcessId(static_cast<int32_t>(i)));
    }
  }

  // The next operation, taken, and not completed; nothing at the end.
  std::optional<Emit> Next() {
    const Generated made = generator_->Next(context_);
    if (std::holds_alternative<Exhausted>(made)) return std::nullopt;
    REQUIRE(std::holds_alternative<Emit>(made));
    const Emit emit = std::get<Emit>(made);
    context_.now = std::max(context_.now, emit.time);
    generator_->Taken(context_, emit);
    return emit;
  }

  void Complete(const Emit& emit, OpType type, const std::string& value) {
    Op op;
    op.type = type;
    op.f = emit.f;
    op.value = FromJson(value);
    op.process = context_.process_of[static_cast<size_t>(emit.thread)];
    generator_->Update(context_, op, emit.thread);
  }

  // The thread goes on as another process.
  void Crash(int32_t thread) {
    ProcessId& process = context_.process_of[static_cast<size_t>(thread)];
    process = ProcessId(process.value() + static_cast<int32_t>(context_.concurrency));
  }

  Instant now() const { return context_.now; }

 private:
  GeneratorPtr generator_;
  GeneratorContext context_;
};

TEST_CASE("sends and polls are as likely, each message is sent once, and one operation in 64 is an assign") {
  Bench bench(KafkaOperations("kafka", TxnLoad{.max_writes_per_key = UINT64_MAX}, std::make_shared<KafkaHighest>()), 2);
  std::map<std::string, int> counts;
  std::set<std::string> sent;
  constexpr int kOperations = 64'000;
  for (int i = 0; i < kOperations; ++i) {
    const Emit emit = *bench.Next();
    ++counts[std::string(emit.f.text())];
    if (emit.f == Atom("send")) CHECK(sent.insert(emit.value.Dump()).second);
    if (emit.f == Atom("poll")) CHECK(emit.value.Dump() == R"([["poll"]])");
    if (emit.f == Atom("assign")) CHECK(emit.value.AsArray().size() == 1);
  }
  CHECK(counts.size() == 3);
  CHECK(std::abs(counts["assign"] - kOperations / 64) < 160);  // five standard deviations
  CHECK(std::abs(counts["send"] - counts["poll"]) < 1300);
}

TEST_CASE("a third of the assigns has all keys with messages that no poll has reached") {
  const auto highest = std::make_shared<KafkaHighest>();
  Bench bench(KafkaOperations("kafka", {}, highest), 1);
  const Emit first = *bench.Next();
  const Emit told{first.time, 0, "send", Json(), false, "", 0};
  bench.Complete(told, OpType::kOk, "[['send','x',[3,1]]]");
  bench.Complete(told, OpType::kOk, "[['send','y',[0,1]]]");
  bench.Complete(told, OpType::kOk, "[['send','z',[5,1]]]");
  bench.Complete(told, OpType::kInfo, "[['send','w',[5,1]]]");
  const Emit polled{first.time, 0, "poll", Json(), false, "", 0};
  bench.Complete(polled, OpType::kOk, "[['poll',{'x':[[2,0]],'y':[[0,1]],'z':null}]]");
  CHECK(*highest == KafkaHighest{{"x", 3}, {"y", 0}, {"z", 5}});
  int assigns = 0;
  int widened = 0;
  for (int i = 0; i < 64'000; ++i) {
    const Emit emit = *bench.Next();
    if (emit.f != Atom("assign")) continue;
    ++assigns;
    const Json::Array& keys = emit.value.AsArray();
    if (keys.size() == 1) continue;
    ++widened;
    REQUIRE(keys.size() == 3);
    CHECK(keys[0].AsString() == "x");
    CHECK(keys[1].AsString() == "z");
  }
  CHECK(std::abs(widened - assigns / 3) < 75);
}

TEST_CASE("at the end each thread crashes, takes all keys and polls until it has seen the last of each") {
  const auto highest = std::make_shared<KafkaHighest>(KafkaHighest{{"a", 7}, {"b", 0}});
  Bench bench(KafkaFinalPolls("final", Seconds(10), highest), 1);
  const auto next = [&] {
    const std::optional<Emit> emit = bench.Next();
    if (!emit.has_value()) return std::string("end");
    CHECK(emit->final);
    return std::string(emit->f.text()) + " " + emit->value.Dump();
  };
  CHECK(next() == "crash null");
  bench.Crash(0);
  CHECK(next() == R"(assign ["a","b"])");
  CHECK(next() == R"(poll [["poll"]])");
  const Emit poll{bench.now(), 0, "poll", Json(), true, "", 0};
  bench.Complete(poll, OpType::kOk, "[['poll',{'a':[[0,1],[6,2]],'b':[[0,1]]}]]");
  CHECK(next() == R"(poll [["poll"]])");
  // Only what was seen counts.
  bench.Complete(poll, OpType::kInfo, "[['poll',{'a':[[7,3]]}]]");
  bench.Crash(0);
  CHECK(next() == R"(assign ["a","b"])");
  CHECK(next() == R"(poll [["poll"]])");
  bench.Complete(poll, OpType::kOk, "[['poll',{'a':[[7,3]]}]]");
  CHECK(next() == "end");
}

TEST_CASE("who never sees the last message polls for ten seconds, and with nothing to see there is nothing to do") {
  Bench none(KafkaFinalPolls("final", Seconds(10), std::make_shared<KafkaHighest>()), 3);
  CHECK_FALSE(none.Next().has_value());

  Bench bench(KafkaFinalPolls("final", Seconds(10), std::make_shared<KafkaHighest>(KafkaHighest{{"a", 7}})), 1);
  CHECK(bench.Next()->f == Atom("crash"));
  bench.Crash(0);
  CHECK(bench.Next()->f == Atom("assign"));
  int polls = 0;
  while (bench.Next().has_value()) ++polls;
  // 0.2 s apart on average; five standard deviations.
  CHECK(std::abs(polls - 50) < 20);
  CHECK(bench.now() < Instant() + Seconds(10));
}

}  // namespace
}  // namespace gyre
