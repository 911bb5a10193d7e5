// The workloads without a simulation: what their clients send and make of replies, topologies, documentation.
#include "workloads/workload.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/base/file.h"
#include "tests/checkers/notation.h"
#include "workloads/broadcast.h"
#include "workloads/echo.h"
#include "workloads/counter.h"
#include "workloads/g_set.h"
#include "workloads/lin_kv.h"
#include "workloads/protocols.h"
#include "workloads/rpc.h"
#include "workloads/unique_ids.h"

namespace gyre {
namespace {

using Make = Workload (*)(const WorkloadOptions& options);

WorkloadOptions Nodes(int count, std::string topology = "grid") {
  WorkloadOptions options;
  for (int i = 1; i <= count; ++i) options.nodes.push_back("n" + std::to_string(i));
  options.topology = std::move(topology);
  return options;
}

Op Invocation(const std::string& f, const std::string& value) {
  Op op;
  op.f = Atom(f);
  op.value = FromJson(value);
  return op;
}

std::unique_ptr<Client> MakeClient(const Workload& workload) {
  ClientContext context;
  context.node = "n1";
  context.nodes = {"n1"};
  return workload.client.make(context);
}

// "ok VALUE" and so on, with error and the exception's class where there are any.
std::string Told(const ClientAction& action) {
  const Completion& c = std::get<Completion>(action);
  std::string told = std::string(ToString(c.type)) + " " + c.value.Dump();
  if (!c.error.is_null()) told += " error " + c.error.Dump();
  if (!c.exception.is_null()) told += " exception " + c.exception.Find("class")->AsString();
  return told;
}

TEST_CASE("operations, their requests and how they end") {
  struct Row {
    Make make;
    const char* f;
    const char* value;
    const char* request;
    const char* reply;  // nullptr: none in time
    const char* told;
  };
  const Row kRows[] = {
      {MakeEcho, "echo", "'hi'", "{'type':'echo','echo':'hi'}", "{'type':'echo_ok','echo':'hi','in_reply_to':1}",
       R"(ok {"type":"echo_ok","echo":"hi","in_reply_to":1})"},
      {MakeEcho, "echo", "'hi'", "{'type':'echo','echo':'hi'}", "{'type':'echo_ok','echo':'ho'}",
       R"(ok {"type":"echo_ok","echo":"ho"})"},
      {MakeEcho, "echo", "'hi'", "{'type':'echo','echo':'hi'}", nullptr, R"(info "hi" error "net-timeout")"},
      {MakeUniqueIds, "generate", "null", "{'type':'generate'}", "{'type':'generate_ok','id':[7,'x']}",
       R"(ok [7,"x"])"},
      {MakeUniqueIds, "generate", "null", "{'type':'generate'}", "{'type':'generate_ok','id':null}", "ok null"},
      {MakeUniqueIds, "generate", "null", "{'type':'generate'}", "{'type':'generate_ok'}",
       "info null error \"indeterminate: n1 answered generate with something else than "
       "generate_ok: it has no \\\"id\\\".\" exception malformed-reply"},
      {MakeBroadcast, "broadcast", "3", "{'type':'broadcast','message':3}", "{'type':'broadcast_ok'}", "ok 3"},
      {MakeBroadcast, "broadcast", "3", "{'type':'broadcast','message':3}",
       "{'type':'error','code':11,'text':'busy'}", R"(fail 3 error ["temporarily-unavailable","busy"])"},
      {MakeBroadcast, "broadcast", "3", "{'type':'broadcast','message':3}", "{'type':'error','code':13,'text':'oh'}",
       R"(info 3 error ["crash","oh"])"},
      {MakeBroadcast, "broadcast", "3", "{'type':'broadcast','message':3}", nullptr, R"(info 3 error "net-timeout")"},
      {MakeBroadcast, "read", "null", "{'type':'read'}", "{'type':'read_ok','messages':[3,1]}", "ok [3,1]"},
      {MakeBroadcast, "read", "null", "{'type':'read'}", "{'type':'error','code':13,'text':'oh'}",
       R"(fail null error ["crash","oh"])"},
      {MakeBroadcast, "read", "null", "{'type':'read'}", nullptr, R"(fail null error "net-timeout")"},
      {MakeGSet, "add", "3", "{'type':'add','element':3}", "{'type':'add_ok'}", "ok 3"},
      {MakeGSet, "read", "null", "{'type':'read'}", "{'type':'read_ok','value':[3]}", "ok [3]"},
      {MakeGSet, "add", "3", "{'type':'add','element':3}", "{'type':'error','code':11,'text':'busy'}",
       R"(fail 3 error ["temporarily-unavailable","busy"])"},
      {MakePnCounter, "add", "-3", "{'type':'add','delta':-3}", "{'type':'add_ok'}", "ok -3"},
      {MakeGCounter, "read", "null", "{'type':'read'}", "{'type':'read_ok','value':12}", "ok 12"},
      {MakeGCounter, "read", "null", "{'type':'read'}", "{'type':'read_ok','value':1.5}",
       "info null error \"indeterminate: n1 answered read with something else than read_ok: its \\\"value\\\" should "
       "be an integer, but is 1.5.\" exception malformed-reply"},
      {MakeLinKv, "read", "[7,null]", "{'type':'read','key':7}", "{'type':'read_ok','value':4}", "ok [7,4]"},
      {MakeLinKv, "read", "[7,null]", "{'type':'read','key':7}", "{'type':'error','code':20,'text':'none'}",
       R"(fail [7,null] error ["key-does-not-exist","none"])"},
      {MakeLinKv, "write", "[7,3]", "{'type':'write','key':7,'value':3}", "{'type':'write_ok'}", "ok [7,3]"},
      {MakeLinKv, "cas", "[7,[1,2]]", "{'type':'cas','key':7,'from':1,'to':2}", "{'type':'cas_ok'}", "ok [7,[1,2]]"},
      {MakeLinKv, "cas", "[7,[1,2]]", "{'type':'cas','key':7,'from':1,'to':2}", nullptr,
       R"(info [7,[1,2]] error "net-timeout")"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.request);
    CAPTURE(row.told);
    const Workload workload = row.make(Nodes(1));
    const std::unique_ptr<Client> client = MakeClient(workload);
    const Op op = Invocation(row.f, row.value);
    const ClientAction sent = client->Invoke(op);
    const Rpc& rpc = std::get<Rpc>(sent);
    CHECK(rpc.body.Dump() == FromJson(row.request).Dump());
    CHECK(rpc.dest.empty());
    const ClientAction end =
        row.reply == nullptr ? client->OnTimeout(op, rpc.body) : client->OnReply(op, rpc.body, FromJson(row.reply));
    CHECK(Told(end) == row.told);
  }
}

TEST_CASE("replies that do not fit") {
  struct Row {
    const char* reply;
    const char* kind;   // "": it fits
    const char* fault;
  };
  const Row kRows[] = {
      {"{'type':'read_ok','messages':[]}", "", ""},
      {"{'type':'read_ok','messages':[1,'a',null],'msg_id':4,'in_reply_to':2,'extra':1}", "", ""},
      {"{'type':'error','code':11}", "", ""},
      {"{'type':'error','code':11.0,'text':'x','more':{}}", "", ""},
      {"7", "wrong-type", "it is an integer, not an object"},
      {"{'messages':[]}", "missing-field", "it has no \"type\""},
      {"{'type':1,'messages':[]}", "wrong-type", "its \"type\" should be a string, but is an integer"},
      {"{'type':'read_ok'}", "missing-field", "it has no \"messages\""},
      {"{'type':'read_ok','messages':null}", "null-list", "its \"messages\" should be [any, ...], but is null"},
      {"{'type':'read_ok','messages':{'1':true}}", "wrong-type",
       "its \"messages\" should be [any, ...], but is an object"},
      {"{'type':'broadcast_ok'}", "wrong-reply",
       "its type is \"broadcast_ok\", not \"read_ok\": that answers a \"broadcast\""},
      {"{'type':'read'}", "wrong-reply", "its type is \"read\", not \"read_ok\": that is a request"},
      {"{'type':'readok','messages':[]}", "wrong-reply", "its type is \"readok\", not \"read_ok\""},
      {"{'type':'error'}", "missing-field", "it has no \"code\""},
      {"{'type':'error','code':'11'}", "wrong-type", "its \"code\" should be an integer, but is a string"},
      {"{'type':'error','code':11.5}", "fractional-integer", "its \"code\" should be an integer, but is 11.5"},
      {"{'type':'error','code':11,'text':7}", "wrong-type", "its \"text\" should be a string, but is an integer"},
  };
  constexpr size_t kRead = 2;
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    ReplyCensus census;
    const std::optional<ReplyFault> fault =
        FindFault(BroadcastProtocol(), kRead, FromJson("{'type':'read'}"), FromJson(row.reply), &census);
    CHECK(fault.has_value() == (row.kind[0] != '\0'));
    if (!fault.has_value()) continue;
    const std::string begin = "answered read with something else than read_ok: ";
    CHECK(fault->kind + ": " + fault->text.substr(0, fault->text.find('\n')) ==
          std::string(row.kind) + ": " + begin + row.fault + ".");
  }
}

TEST_CASE("the error for a node's author, in full") {
  ReplyCensus census;
  const std::optional<ReplyFault> fault =
      FindFault(BroadcastProtocol(), 2, FromJson("{'type':'read','msg_id':7}"),
                FromJson("{'type':'read_ok','in_reply_to':7,'values':[1]}"), &census);
  REQUIRE(fault.has_value());
  CHECK(fault->text ==
        "answered read with something else than read_ok: it has no \"messages\".\n"
        "  sent:     {\"type\":\"read\",\"msg_id\":7}\n"
        "  expected: {\"type\": \"read_ok\", \"messages\": [any, ...]} or {\"type\": \"error\", \"code\": integer, "
        "\"text\": string (optional)}\n"
        "  received: {\"type\":\"read_ok\",\"in_reply_to\":7,\"values\":[1]}\n"
        "  to do:    answer each read with that shape (more members are allowed), and set in_reply_to to the msg_id of "
        "the very request that is answered.");
}

TEST_CASE("numbers that float64 rounded") {
  struct Row {
    const char* sent;
    const char* reply;
    const char* text;  // of its first line; "": nothing
  };
  const Row kRows[] = {
      {"1", "{'type':'echo_ok','echo':1}", ""},
      {"9007199254740993", "{'type':'echo_ok','echo':9007199254740993}", ""},
      {"9007199254740993", "{'type':'echo_ok','echo':9007199254740992}",
       "answered echo with \"echo\" 9007199254740992, but 9007199254740993 was sent: "},
      {"9007199254740993", "{'type':'echo_ok','echo':1}", ""},
      {"1", "{'type':'echo_ok','id':1e17}", "answered echo with \"id\" 1e+17, a float64 beyond 2^53: "},
      {"1", "{'type':'echo_ok','ids':[1,{'a':-1e17}]}",
       "answered echo with \"ids\" that has -1e+17, a float64 beyond 2^53: "},
      {"1", "{'type':'echo_ok','id':1.5}", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    const std::optional<ReplyFault> fault =
        FindRounding(EchoProtocol().rpcs[0], FromJson(std::string("{'type':'echo','echo':") + row.sent + "}"),
                     FromJson(row.reply));
    CHECK(fault.has_value() == (row.text[0] != '\0'));
    if (!fault.has_value()) continue;
    CHECK(fault->kind == "float64-integer");
    CHECK(!fault->invalidates);
    CHECK(fault->text.substr(0, fault->text.find('\n')) ==
          std::string(row.text) + "a JSON library that reads or writes integers as float64 rounds neighbouring ones to "
                                  "one number. Have it keep integers, or use strings.");
  }
}

TEST_CASE("members that the protocol does not name are counted") {
  const Workload workload = MakeBroadcast(Nodes(1));
  const std::unique_ptr<Client> client = MakeClient(workload);
  const Op op = Invocation("read", "null");
  const Json request = FromJson("{'type':'read'}");
  client->OnReply(op, request, FromJson("{'type':'read_ok','messages':[],'version':1,'in_reply_to':1,'msg_id':0}"));
  client->OnReply(op, request, FromJson("{'type':'read_ok','messages':[],'version':2}"));
  client->OnReply(op, request, FromJson("{'type':'error','code':1,'why':2}"));
  CHECK(workload.census->extra_members == std::map<std::string, uint64_t>{{"read_ok.version", 2}});
}

TEST_CASE("topologies") {
  struct Row {
    const char* topology;
    int nodes;
    const char* expected;
  };
  const Row kRows[] = {
      {"line", 1, "{'n1':[]}"},
      {"line", 3, "{'n1':['n2'],'n2':['n1','n3'],'n3':['n2']}"},
      {"grid", 1, "{'n1':[]}"},
      {"grid", 2, "{'n1':['n2'],'n2':['n1']}"},
      // n1 n2 n3
      // n4 n5
      {"grid", 5, "{'n1':['n4','n2'],'n2':['n5','n3','n1'],'n3':['n2'],'n4':['n1','n5'],'n5':['n2','n4']}"},
      {"tree", 5, "{'n1':['n2','n3'],'n2':['n1','n4','n5'],'n3':['n1'],'n4':['n2'],'n5':['n2']}"},
      {"tree2", 4, "{'n1':['n2','n3'],'n2':['n1','n4'],'n3':['n1'],'n4':['n2']}"},
      {"tree3", 5, "{'n1':['n2','n3','n4'],'n2':['n1','n5'],'n3':['n1'],'n4':['n1'],'n5':['n2']}"},
      {"tree4", 6, "{'n1':['n2','n3','n4','n5'],'n2':['n1','n6'],'n3':['n1'],'n4':['n1'],'n5':['n1'],'n6':['n2']}"},
      {"total", 3, "{'n1':['n2','n3'],'n2':['n1','n3'],'n3':['n1','n2']}"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.topology);
    CAPTURE(row.nodes);
    const Workload workload = MakeBroadcast(Nodes(row.nodes, row.topology));
    REQUIRE(workload.setup.size() == static_cast<size_t>(row.nodes));
    for (int i = 0; i < row.nodes; ++i) {
      const SetupRequest& request = workload.setup[static_cast<size_t>(i)];
      CHECK(request.node == "n" + std::to_string(i + 1));
      CHECK(request.expect == "topology_ok");
      CHECK(request.body.Find("type")->AsString() == "topology");
      CHECK(request.body.Find("topology")->Dump() == FromJson(row.expected).Dump());
    }
  }
  CHECK(FindTopology("ring") == nullptr);
}

TEST_CASE("every topology is symmetric and connected") {
  for (const TopologyKind& kind : Topologies()) {
    for (int count = 1; count <= 30; ++count) {
      CAPTURE(kind.name);
      CAPTURE(count);
      const WorkloadOptions options = Nodes(count);
      const Json topology = kind.make(options.nodes);
      std::vector<std::string> reached{"n1"};
      for (size_t i = 0; i < reached.size(); ++i) {
        for (const Json& neighbour : topology.Find(reached[i])->AsArray()) {
          const Json::Array& back = topology.Find(neighbour.AsString())->AsArray();
          CHECK(std::find(back.begin(), back.end(), Json(reached[i])) != back.end());
          const bool known = std::find(reached.begin(), reached.end(), neighbour.AsString()) != reached.end();
          if (!known) reached.push_back(neighbour.AsString());
        }
      }
      CHECK(reached.size() == static_cast<size_t>(count));
    }
  }
}

// Drives a generator as fast as it goes, each operation ending when it begins: "time thread f value".
std::vector<std::string> Drive(Generator* generator, uint32_t threads, size_t limit) {
  GeneratorContext context;
  context.seed = 7;
  context.concurrency = threads;
  context.nodes = threads;
  for (uint32_t i = 0; i < threads; ++i) {
    context.all_threads.push_back(static_cast<int32_t>(i));
    context.process_of.push_back(ProcessId(static_cast<int32_t>(i)));
  }
  context.free_threads = context.all_threads;
  std::vector<std::string> told;
  while (told.size() < limit) {
    const Generated next = generator->Next(context);
    if (std::holds_alternative<Exhausted>(next)) break;
    if (const Pending* pending = std::get_if<Pending>(&next)) {
      REQUIRE(pending->until != Instant::Max());
      context.now = std::max(context.now + Nanoseconds(1), pending->until);
      continue;
    }
    const Emit& emit = std::get<Emit>(next);
    context.now = std::max(context.now, emit.time);
    generator->Taken(context, emit);
    Op op;
    op.process = ProcessId(emit.thread);
    op.f = emit.f;
    op.value = emit.value;
    op.time = context.now;
    generator->Update(context, op, emit.thread);
    op.type = OpType::kOk;
    generator->Update(context, op, emit.thread);
    told.push_back(ToString(context.now) + " " + std::to_string(emit.thread) + " " + std::string(emit.f.text()) + " " +
                   emit.value.Dump() + (emit.final ? " final" : ""));
  }
  return told;
}

TEST_CASE("what the generators make") {
  const Workload echo = MakeEcho(Nodes(1));
  for (const std::string& told : Drive(echo.generator.get(), 2, 50)) {
    CHECK(told.find(" echo \"Please echo ") != std::string::npos);
  }

  const Workload broadcast = MakeBroadcast(Nodes(1));
  const std::vector<std::string> ops = Drive(broadcast.generator.get(), 2, 400);
  CHECK(ops.size() == 400);
  int64_t next = 0;
  for (const std::string& told : ops) {
    if (told.find(" read null") != std::string::npos) continue;
    CHECK(told.substr(told.find("broadcast")) == "broadcast " + std::to_string(next++));
  }
  CHECK(next > 150);
  CHECK(next < 250);
  std::vector<std::string> last = Drive(broadcast.final_generator.get(), 3, 10);
  std::sort(last.begin(), last.end());
  CHECK(last == std::vector<std::string>{"0.000s 0 read null final", "0.000s 1 read null final",
                                         "0.000s 2 read null final"});

  const Workload ids = MakeUniqueIds(Nodes(1));
  CHECK(ids.client.reusable);
  CHECK(Drive(ids.generator.get(), 1, 2) == std::vector<std::string>(2, "0.000s 0 generate null"));
}

TEST_CASE("Maelstrom's g-set and counters throw whatever goes wrong") {
  WorkloadOptions options = Nodes(1);
  options.parity_maelstrom = true;
  for (const Make make : {MakeGSet, MakeGCounter, MakePnCounter}) {
    const Workload workload = make(options);
    const std::unique_ptr<Client> client = MakeClient(workload);
    const Op op = Invocation("read", "null");
    CHECK(Told(client->OnReply(op, FromJson("{'type':'read'}"), FromJson("{'type':'error','code':11,'text':'no'}"))) ==
          R"(info null error "indeterminate: {\"type\":\"error\",\"code\":11,\"text\":\"no\"}" exception error-reply)");
    CHECK(Told(client->OnTimeout(op, FromJson("{'type':'read'}"))) ==
          R"(info null error "indeterminate: no reply within the time-out" exception net-timeout)");
  }
}

TEST_CASE("lin-kv waits ten times the mean latency, but a second at least") {
  WorkloadOptions options = Nodes(3);
  CHECK(MakeLinKv(options).client.rpc_timeout == Seconds(1));
  options.mean_latency = Milliseconds(500);
  CHECK(MakeLinKv(options).client.rpc_timeout == Seconds(5));
  CHECK(MakeLinKv(options).client.reusable);
}

TEST_CASE("the main phase paces and ends the operations") {
  WorkloadOptions options = Nodes(1);
  options.time_limit = Seconds(100);
  options.rate = {5, 2};
  SimulationLoad load = MakeLoad(options, MakeUniqueIds(options));
  const size_t count = Drive(load.generator.get(), 3, 10000).size();
  CHECK(count > 200);
  CHECK(count < 300);
  CHECK(load.final_generator == nullptr);
  CHECK(MakeLoad(options, MakeBroadcast(options)).final_generator != nullptr);

  options.rate = {0, 1};
  load = MakeLoad(options, MakeUniqueIds(options));
  CHECK(Drive(load.generator.get(), 3, 10).empty());
}

// The chapter of the README between its heading and the next.
std::string Chapter(const std::string& text, const std::string& heading) {
  const size_t begin = text.find("## " + heading + "\n\n");
  REQUIRE(begin != std::string::npos);
  const size_t body = text.find("\n\n", begin) + 2;
  return text.substr(body, text.find("\n## ", body) - body);
}

TEST_CASE("workloads/README.md has the protocol as the schema says it") {
  const char* source = std::getenv("GYRE_SOURCE");
  REQUIRE_MESSAGE(source != nullptr, "GYRE_SOURCE must be the project's directory; meson test sets it");
  const absl::StatusOr<std::string> readme = ReadFile(std::string(source) + "/workloads/README.md");
  REQUIRE(readme.ok());
  const std::string expected = MakeProtocolDoc(Protocols());
  const std::string actual = Chapter(*readme, "Protocol");
  CHECK_MESSAGE(actual == expected, "the chapter should be:\n" << expected);
}

}  // namespace
}  // namespace gyre
