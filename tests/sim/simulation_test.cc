#include "sim/simulation.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/sim/test_nodes.h"
#include "tests/sim/tiny_run.h"

namespace gyre {
namespace {

std::unique_ptr<Node> Echo(uint32_t) { return std::make_unique<EchoNode>(); }
std::unique_ptr<Node> Flood(uint32_t) { return std::make_unique<FloodNode>(); }

// n1 is the odd one, the others echo.
template <typename Odd>
TinyRun OddRun(uint32_t count, Odd make) {
  return TinyRun(count, [&](uint32_t i) -> std::unique_ptr<Node> {
    return i == 0 ? std::unique_ptr<Node>(make()) : Echo(i);
  });
}

TEST_CASE("a run to its end") {
  TinyRun run(3, Echo);
  const SimulationResult result = run.Run();
  CHECK(result.reason == EndReason::kCompleted);
  CHECK(result.end_text == "");
  CHECK(result.findings.empty());
  CHECK(result.history.size() == 20);
  for (size_t i = 0; i < result.history.size(); i += 2) {
    CHECK(result.history[i].type == OpType::kInvoke);
    CHECK(result.history[i + 1].type == OpType::kOk);
    CHECK(result.history[i + 1].value == result.history[i].value);
  }
  // 3 init and 10 echo, with their replies.
  CHECK(result.net.all.send == 26);
  CHECK(result.net.all.recv == 26);
  CHECK(result.net.clients.messages == 26);
  CHECK(result.net.servers.messages == 0);
  CHECK(result.history_zero > Instant());
  CHECK(result.history_zero < Instant() + Milliseconds(3));
}

TEST_CASE("the journal of a tiny run, whole") {
  TinyRun run(1, Echo);
  run.config.network.jitter = Nanoseconds(0);
  run.load.generator = Some("echo", 1);
  run.load.final_generator = Some("echo", 1);
  run.keep_journal = true;
  const SimulationResult result = run.Run();
  CHECK(run.journal ==
        "0 endpoint n1 n1\n"
        "0 endpoint c0 c0\n"
        "0 phase setup\n"
        "0 start n1 0\n"
        R"(0 send c0 n1 1:0 {"type":"init","node_id":"n1","node_ids":["n1"],"msg_id":1})" "\n"
        "0 receive n1 c0 1:0\n"
        R"(50000 send n1 c0 0:0 {"type":"init_ok","in_reply_to":1})" "\n"
        "50000 receive c0 n1 0:0\n"
        "50000 phase main\n"
        "50000 endpoint c1 c1\n"
        R"(50000 send c1 n1 2:0 {"type":"echo","echo":0,"msg_id":1})" "\n"
        "50000 receive n1 c1 2:0\n"
        R"(100000 send n1 c1 0:1 {"type":"echo_ok","echo":0,"in_reply_to":1})" "\n"
        "100000 receive c1 n1 0:1\n"
        "100000 phase recovery\n"
        "10000100000 phase final\n"
        R"(10000100000 send c1 n1 2:1 {"type":"echo","echo":0,"msg_id":2})" "\n"
        "10000100000 receive n1 c1 2:1\n"
        R"(10000150000 send n1 c1 0:2 {"type":"echo_ok","echo":0,"in_reply_to":2})" "\n"
        "10000150000 receive c1 n1 0:2\n"
        "10000150000 phase end\n");
  CHECK(ShowHistory(result.history) ==
        "0 invoke 0 echo 0\n"
        "0 ok 0 echo 0\n"
        "10000 invoke 0 echo 0\n"
        "10000 ok 0 echo 0\n");
}

TEST_CASE("twice the same run, and another seed another one") {
  const auto digest = [](uint64_t seed, bool keep) {
    TinyRun run(5, Flood);
    run.config.seed = seed;
    run.config.network.latency = Milliseconds(20);
    run.config.network.distribution = LatencyDistribution::kExponential;
    run.config.network.loss = Ratio{1, 20};
    run.keep_journal = keep;
    run.load.generator = Mix("m", [] {
      std::vector<GeneratorPtr> parts;
      parts.push_back(Some("broadcast", 50));
      parts.push_back(Some("read", 50));
      return parts;
    }());
    return run.Run().digest.Hex();
  };
  for (uint64_t seed = 0; seed < 5; ++seed) CHECK(digest(seed, false) == digest(seed, true));
  CHECK(digest(1, false) != digest(2, false));
}

TEST_CASE("every end but the good one says why") {
  struct Row {
    const char* name;
    EndReason reason;
    std::string text;
    TinyRun run;
  };
  int interrupted = 1;
  std::vector<Row> rows;
  rows.push_back({"silent", EndReason::kSetupFailed,
                  "n1 did not answer init within 10.000s of virtual time; it must answer init_ok with in_reply_to = "
                  "the request's msg_id.",
                  OddRun(2, [] { return std::make_unique<SilentNode>(); })});
  rows.push_back({"dies at init", EndReason::kSetupFailed, "n1 ended (exit 3) before it answered init.",
                  OddRun(2, [] { return std::make_unique<DyingNode>(0, NodeDeath{false, 3, false}); })});
  rows.push_back({"odd setup reply", EndReason::kSetupFailed,
                  R"(n1 answered echo with {"type":"echo_ok","echo":1,"in_reply_to":3}; it must answer topology_ok.)",
                  TinyRun(2, Echo)});
  rows.back().run.load.setup.push_back({"n1", Json::ObjectOf({{"type", "echo"}, {"echo", 1}}), "topology_ok"});
  rows.push_back({"message limit", EndReason::kMessageLimit,
                  "the run had sent 100 messages at 0.002401275s, its limit; of the nodes n1 sent the most, 49. Look "
                  "for messages that call forth each other without end, or raise --max-messages.",
                  TinyRun(2, [](uint32_t) { return std::make_unique<ChatterNode>(1); })});
  rows.back().run.config.max_messages = 100;
  rows.back().run.config.network.jitter = Microseconds(1);
  rows.push_back({"livelock", EndReason::kLivelock,
                  "5000 events happened at 0.000s and time did not move on; of the nodes n1 sent the most, 1667. Give "
                  "messages a delay (--jitter, --latency).",
                  TinyRun(2, [](uint32_t) { return std::make_unique<ChatterNode>(1, Nanoseconds(0)); })});
  rows.back().run.config.max_events_at_one_instant = 5000;
  rows.back().run.config.network.jitter = Nanoseconds(0);
  rows.push_back({"livelock of clients", EndReason::kLivelock,
                  "5000 events happened at 0.00005s and time did not move on; of the nodes n1 sent the most, 1. Give "
                  "messages a delay (--jitter, --latency).",
                  TinyRun(1, Echo)});
  rows.back().run.config.max_events_at_one_instant = 5000;
  rows.back().run.config.network.jitter = Nanoseconds(0);
  rows.back().run.load.generator = Some("at-once", UINT64_MAX, Nanoseconds(0));
  rows.push_back({"stuck", EndReason::kStuck, "node n1: thread 1 ran for more than 10 s of wall time",
                  OddRun(2, [] { return std::make_unique<StuckNode>(); })});
  rows.push_back({"interrupted", EndReason::kInterrupted,
                  "a signal asked for it; what was seen until then is kept", TinyRun(2, Echo)});
  rows.back().run.interrupted = &interrupted;
  for (Row& row : rows) {
    CAPTURE(std::string(row.name));
    const SimulationResult result = row.run.Run();
    CHECK(std::string(ToString(result.reason)) == std::string(ToString(row.reason)));
    CHECK(result.end_text == row.text);
  }
}

TEST_CASE("a bad line is a finding, and the rest goes on") {
  TinyRun run = OddRun(2, [] { return std::make_unique<GarbageNode>("got it!"); });
  run.config.concurrency = 2;
  run.load.generator = Some("echo", 100);
  const SimulationResult result = run.Run();
  CHECK(result.reason == EndReason::kCompleted);
  REQUIRE(result.findings.size() == 21);
  const RunFinding& first = result.findings[0];
  CHECK(first.kind == "bad-line");
  CHECK(first.node == "n1");
  CHECK(first.invalidates);
  const std::string start = "n1 at " + ToString(first.time) + " wrote a line that is not valid JSON";
  CHECK(first.text.substr(0, start.size()) == start);
  CHECK(first.text.find(": got it!\nstdout carries messages only, one JSON object a line: write logs to stderr.") !=
        std::string::npos);
  CHECK(result.findings.back().kind == "more-findings");
  CHECK(result.findings.back().text ==
        "n1 was found at fault 50 times (bad-line); the first 20 are listed, the journal has all.");
  CHECK(run.logs.substr(0, 26) == "n1: got it!n1: \nn1: got it");
  size_t oks = 0;
  for (const Op& op : result.history.ops()) oks += op.type == OpType::kOk;
  CHECK(oks == 100);
}

TEST_CASE("replies that nobody asked for are told, and harm nobody") {
  TinyRun run(2, [](uint32_t i) { return std::make_unique<EagerNode>(i == 0 ? 1 : 2, i == 0); });
  run.config.network.jitter = Nanoseconds(0);
  run.load.generator = Some("echo", 2);
  const SimulationResult result = run.Run();
  std::string shown;
  for (const RunFinding& finding : result.findings) {
    CHECK(!finding.invalidates);
    std::string text = finding.text;
    const size_t at = text.find(" at 0.");
    text.erase(at, text.find(':', at) - at);
    absl::StrAppend(&shown, finding.kind, ": ", text, "\n");
  }
  CHECK(shown ==
        "reply-to-nobody: n1 sent c1 {\"type\":\"echo_ok\",\"in_reply_to\":\"1\"}: c1 has sent no request \"1\". "
        "Clients take replies only: set in_reply_to to the msg_id of the request.\n"
        "reply-to-nobody: n1 sent c1 {\"type\":\"echo_ok\",\"in_reply_to\":1000}: c1 has sent no request 1000. "
        "Clients take replies only: set in_reply_to to the msg_id of the request.\n"
        "reply-to-nobody: n1 sent c1 {\"type\":\"echo_ok\"}: it has no in_reply_to. Clients take replies only: set "
        "in_reply_to to the msg_id of the request.\n"
        "second-reply: n2 sent c2 {\"type\":\"echo_ok\",\"echo\":1,\"in_reply_to\":1}: request 1 of c2 was answered "
        "before. Answer each request once.\n");
  size_t oks = 0;
  for (const Op& op : result.history.ops()) oks += op.type == OpType::kOk;
  CHECK(oks == 2);
}

TEST_CASE("a reply after its time-out is late, and the one after that a second one") {
  // Reusable, so that the client still listens when they come.
  TinyRun run(1, [](uint32_t) { return std::make_unique<SlowTwiceNode>(Seconds(6)); });
  run.load.client.reusable = true;
  std::vector<GeneratorPtr> phases;
  phases.push_back(Some("echo", 1));
  phases.push_back(Sleep(Seconds(10)));
  run.load.generator = Phases(std::move(phases));
  const SimulationResult result = run.Run();
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].kind == "second-reply");
}

TEST_CASE("a node that dies is noticed at once; its clients time out, the rest goes on") {
  TinyRun run = OddRun(2, [] { return std::make_unique<DyingNode>(1, NodeDeath{true, 11, false}); });
  run.load.generator = Some("echo", 4, Seconds(1));
  run.keep_journal = true;
  const SimulationResult result = run.Run();
  CHECK(result.reason == EndReason::kCompleted);
  REQUIRE(result.findings.size() == 1);
  const RunFinding& death = result.findings[0];
  CHECK(death.kind == "signal");
  CHECK(death.text == "n1 ended with signal 11 (SIGSEGV) at " + ToString(death.time) +
                          ": a node must run until the end of the test.\n"
                          "last lines on stdout:\n"
                          R"(  {"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}})" "\n"
                          R"(  {"src":"n1","dest":"c1","body":{"type":"echo_ok","echo":0,"in_reply_to":1}})" "\n"
                          "last lines on stderr:\nout of cheese\n");
  CHECK(run.journal.find(" death n1 signal 11 (SIGSEGV)\n") != std::string::npos);
  CHECK(run.journal.find(" drop n1 c1 3:1 node-down\n") != std::string::npos);
  // The third operation is for n1: it times out after 5 s, and its process retires.
  std::vector<std::string> ends;
  for (const Op& op : result.history.ops()) {
    if (op.type != OpType::kInvoke) ends.push_back(absl::StrCat(op.process.value(), std::string(ToString(op.type))));
  }
  CHECK(ends == std::vector<std::string>{"0ok", "1ok", "1ok", "0info"});
}

TEST_CASE("a process that ends in doubt is replaced, with its client unless that is reusable") {
  for (const bool reusable : {false, true}) {
    TinyRun run(1, [](uint32_t) { return std::make_unique<GarbageNode>("x"); });
    run.nodes[0] = std::make_unique<DyingNode>(1, NodeDeath{false, 1, false});
    run.load.client.reusable = reusable;
    run.load.generator = Some("echo", 4, Nanoseconds(0));
    const SimulationResult result = run.Run();
    std::string processes;
    for (const Op& op : result.history.ops()) absl::StrAppend(&processes, op.process.value());
    CHECK(processes == "00001122");
    std::string names;
    for (uint32_t id = 0; id < result.roster.size(); ++id) absl::StrAppend(&names, result.roster.name(NodeId(id)), " ");
    CHECK(names == (reusable ? "n1 c0 c1 " : "n1 c0 c1 c2 c3 "));
  }
}

TEST_CASE("the time-out: a reply exactly at the deadline counts, one later is ignored") {
  // The node is busy for `service` with the request: so long a reply takes.
  const auto run = [](Duration service) {
    TinyRun run(1, [service](uint32_t) { return std::make_unique<EchoNode>(service); });
    run.config.network.jitter = Nanoseconds(0);
    run.load.generator = Some("echo", 2);
    run.load.generator = TimeLimit(Seconds(12), Some("echo", 2, Nanoseconds(0)));
    return ShowHistory(run.Run().history);
  };
  CHECK(run(Seconds(5)) == "0 invoke 0 echo 0\n5000 ok 0 echo 0\n5000 invoke 0 echo 1\n10000 ok 0 echo 1\n");
  CHECK(run(Seconds(5) + Nanoseconds(1)) ==
        "0 invoke 0 echo 0\n5000 info 0 echo 0 \"net-timeout\"\n"
        "5000 invoke 1 echo 1\n10000 info 1 echo 1 \"net-timeout\"\n");
}

TEST_CASE("what arrives at a node before its init is held, and follows it") {
  // n2 gossips to n1 as soon as it has its init; with this seed's delays n1 has none yet.
  class Hasty : public FloodNode {
    void OnInit(const std::string& src, const Json& body) override {
      FloodNode::OnInit(src, body);
      for (const std::string& peer : names_) {
        if (peer != name_) Send(peer, Json::ObjectOf({{"type", "gossip"}, {"message", 7}}));
      }
    }
  };
  for (uint64_t seed = 0; seed < 20; ++seed) {
    TinyRun run(3, [](uint32_t) { return std::make_unique<Hasty>(); });
    run.config.seed = seed;
    run.keep_journal = true;
    run.load.generator = Some("read", 3);
    const SimulationResult result = run.Run();
    CHECK(result.reason == EndReason::kCompleted);
    CHECK(result.findings.empty());
    if (run.journal.find(" hold ") == std::string::npos) continue;
    CHECK(run.journal.find(" before-init\n") != std::string::npos);
    CHECK(result.net.all.send == result.net.all.recv);
    return;
  }
  FAIL("no message was ever held");
}

// What each message is, apart from ids, and how long it took: the journal's sends are in the order of the "delay"
// decisions.
std::map<std::string, int64_t> Delays(const TinyRun& run) {
  std::vector<int64_t> delays;
  for (const Decision& decision : run.decisions) {
    if (decision.kind == "delay") delays.push_back(decision.value);
  }
  std::map<std::string, int64_t> named;
  std::map<std::string, int> occurrences;
  size_t next = 0;
  for (const absl::string_view line : absl::StrSplit(run.journal, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 5));
    if (words.size() != 6 || words[1] != "send") continue;
    Json body = ParseJson(words[5]).value();
    std::erase_if(body.AsObject(),
                  [](const Json::Member& member) { return member.first == "msg_id" || member.first == "in_reply_to"; });
    const std::string content = absl::StrCat(words[2], " ", words[3], " ", body.Dump());
    REQUIRE(next < delays.size());
    named[absl::StrCat(content, " ", occurrences[content]++)] = delays[next++];
  }
  CHECK(next == delays.size());
  return named;
}

TEST_CASE("removing one operation leaves the delay of every message that remains") {
  const auto make = [](bool flood) {
    TinyRun run(5, flood ? Flood : Echo);
    run.config.network.latency = Milliseconds(10);
    run.config.network.distribution = LatencyDistribution::kUniform;
    run.load.generator = Some(flood ? "broadcast" : "echo", 40);
    run.keep_journal = true;
    return run;
  };
  for (const bool flood : {false, true}) {
    TinyRun whole = make(flood);
    const SimulationResult before = whole.Run();
    std::vector<Decision> operations;
    for (const Decision& decision : whole.decisions) {
      if (decision.kind == "operation") operations.push_back(decision);
    }
    REQUIRE(operations.size() == 40);
    const std::map<std::string, int64_t> all = Delays(whole);
    for (const size_t removed : {size_t{0}, size_t{17}, size_t{39}}) {
      TinyRun less = make(flood);
      operations[removed].value = 0;
      less.overrides = {operations[removed]};
      const SimulationResult after = less.Run();
      CHECK(less.unmatched.empty());
      CHECK(after.history.size() == before.history.size() - 2);
      const std::map<std::string, int64_t> rest = Delays(less);
      CHECK(rest.size() < all.size());
      CHECK(rest.size() + 2 + (flood ? 20 : 0) >= all.size());
      for (const auto& message : rest) {
        CAPTURE(message.first);
        REQUIRE(all.count(message.first) == 1);
        CHECK(all.at(message.first) == message.second);
      }
      // Nor did any other operation move.
      std::map<std::string, int64_t> invoked;
      for (const Op& op : before.history.ops()) {
        if (op.type == OpType::kInvoke) invoked[op.value.Dump()] = op.time.ns() * 100 + op.process.value();
      }
      for (const Op& op : after.history.ops()) {
        if (op.type == OpType::kInvoke) CHECK(invoked[op.value.Dump()] == op.time.ns() * 100 + op.process.value());
      }
    }
  }
}

TEST_CASE("a reseed changes what comes after it, and only that") {
  TinyRun plain(3, Echo);
  plain.keep_journal = true;
  const SimulationResult before = plain.Run();
  const int64_t middle = before.end.ns() / 2;
  TinyRun reseeded(3, Echo);
  reseeded.keep_journal = true;
  reseeded.overrides = {Decision{"reseed", "", 99, middle}};
  reseeded.Run();
  CHECK(reseeded.unmatched.empty());
  CHECK(plain.journal != reseeded.journal);
  size_t same = 0;
  while (plain.journal[same] == reseeded.journal[same]) ++same;
  const size_t line = plain.journal.rfind('\n', same) + 1;
  CHECK(std::stoll(plain.journal.substr(line)) >= middle);
}

TEST_CASE("names that cannot be, in full text") {
  const std::pair<std::vector<std::string>, std::string> rows[] = {
      {{"n1", "c1"}, "the node name \"c1\" is taken: c0, c1, ... are the clients; choose another, such as n1"},
      {{"n1", "n1"}, "the node name \"n1\" is given twice: names must differ"},
      {{"n1", ""}, "a node's name is empty: give every node a name"},
  };
  for (const auto& [names, text] : rows) {
    TinyRun run(2, Echo);
    run.config.nodes = names;
    JournalWriter journal;
    Decisions decisions(1);
    SimulationHooks hooks;
    hooks.journal = &journal;
    hooks.decisions = &decisions;
    const auto result = Simulate(run.config, run.nodes, std::move(run.load), hooks);
    REQUIRE(!result.ok());
    CHECK(std::string(result.status().message()) == text);
  }
}

TEST_CASE("a node that cannot be started ends the run with its name") {
  class Missing : public EchoNode {
    absl::Status Start(LocalInstant, uint32_t, Files) override { return absl::NotFoundError("no program ./x"); }
  };
  TinyRun run = OddRun(1, [] { return std::make_unique<Missing>(); });
  JournalWriter journal;
  Decisions decisions(1);
  SimulationHooks hooks;
  hooks.journal = &journal;
  hooks.decisions = &decisions;
  const auto result = Simulate(run.config, run.nodes, std::move(run.load), hooks);
  REQUIRE(!result.ok());
  CHECK(std::string(result.status().message()) == "starting n1: no program ./x");
}

}  // namespace
}  // namespace gyre
