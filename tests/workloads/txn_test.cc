// Transactions without a simulation: what is sent, how operations end, and every way in which a reply can fail to be
// the answer to its request.
#include "workloads/txn.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "tests/checkers/notation.h"

namespace gyre {
namespace {

Workload Make(bool lists, bool parity = false) {
  WorkloadOptions options;
  options.nodes = {"n1"};
  options.parity_maelstrom = parity;
  return lists ? MakeTxnListAppend(options) : MakeTxnRwRegister(options);
}

Op Invocation(const Json& value) {
  Op op;
  op.f = "txn";
  op.value = value;
  return op;
}

// How the operation `txn` ends when its request is answered by `reply` ("": not in time).
Completion End(const Workload& workload, const char* txn, const std::string& reply) {
  ClientContext context;
  context.node = "n1";
  const std::unique_ptr<Client> client = workload.client.make(context);
  const Op op = Invocation(FromJson(txn));
  const Rpc sent = std::get<Rpc>(client->Invoke(op));
  CHECK(sent.body.Dump() == Json::ObjectOf({{"type", "txn"}, {"txn", op.value}}).Dump());
  CHECK(sent.dest.empty());
  return std::get<Completion>(reply.empty() ? client->OnTimeout(op, sent.body)
                                            : client->OnReply(op, sent.body, FromJson(reply)));
}

std::string Told(const Completion& end) {
  return std::string(ToString(end.type)) + " " + end.value.Dump() +
         (end.error.is_null() ? "" : " error " + end.error.Dump());
}

TEST_CASE("how transactions end") {
  struct Row {
    bool lists;
    const char* txn;
    const char* reply;
    const char* told;
  };
  const Row kRows[] = {
      {true, "[['r',8,null],['append',8,3]]", "{'type':'txn_ok','txn':[['r',8,[1,2]],['append',8,3]]}",
       R"(ok [["r",8,[1,2]],["append",8,3]])"},
      {true, "[['r',8,null]]", "{'type':'txn_ok','txn':[['r',8,null]],'in_reply_to':7}", R"(ok [["r",8,null]])"},
      {true, "[['r',8,null]]", "{'type':'txn_ok','txn':[['r',8,[]]]}", R"(ok [["r",8,[]]])"},
      // Equal numbers are equal, however they are written; what was sent stays as it was.
      {true, "[['append',8,3]]", "{'type':'txn_ok','txn':[['append',8.0,3.0]]}", R"(ok [["append",8,3]])"},
      {true, "[['append',8,3]]", "{'type':'error','code':30,'text':'conflict'}",
       R"(fail [["append",8,3]] error ["txn-conflict","conflict"])"},
      {true, "[['append',8,3]]", "{'type':'error','code':14,'text':'no'}",
       R"(fail [["append",8,3]] error ["abort","no"])"},
      {true, "[['r',8,null]]", "{'type':'error','code':13,'text':'oh'}", R"(info [["r",8,null]] error ["crash","oh"])"},
      {true, "[['r',8,null]]", "{'type':'error','code':1000}", R"(info [["r",8,null]] error [1000,null])"},
      {true, "[['append',8,3]]", "", R"(info [["append",8,3]] error "net-timeout")"},
      {true, "[['r',8,null]]", "", R"(info [["r",8,null]] error "net-timeout")"},
      {false, "[['r',8,null],['w',8,3],['r',8,null]]",
       "{'type':'txn_ok','txn':[['r',8,null],['w',8,3],['r',8,3]]}", R"(ok [["r",8,null],["w",8,3],["r",8,3]])"},
      {false, "[['w',8,3]]", "{'type':'error','code':11,'text':'busy'}",
       R"(fail [["w",8,3]] error ["temporarily-unavailable","busy"])"},
      {false, "[['w',8,3]]", "", R"(info [["w",8,3]] error "net-timeout")"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    const Completion end = End(Make(row.lists), row.txn, row.reply);
    CHECK(Told(end) == row.told);
    CHECK_FALSE(end.fault.has_value());
  }
}

TEST_CASE("replies that are not the answer to their request") {
  struct Row {
    bool lists;
    const char* txn;
    const char* came;  // the reply's txn
    const char* kind;
    const char* what;
  };
  const char* kTwo = "[['r',8,null],['append',9,3]]";
  const Row kRows[] = {
      {true, kTwo, "null", "null-list", "its \"txn\" should be [[f, key, value], ...], but is null"},
      {true, kTwo, "{'8':[1]}", "wrong-type", "its \"txn\" should be [[f, key, value], ...], but is an object"},
      {true, kTwo, "[]", "missing-micro-op", "it has 0 micro-operations, but 2 were sent"},
      {true, kTwo, "[['r',8,[1]]]", "missing-micro-op", "it has 1 micro-operations, but 2 were sent"},
      {true, kTwo, "[['r',8,[1]],['append',9,3],['r',8,[1]]]", "extra-micro-op",
       "it has 3 micro-operations, but 2 were sent"},
      {true, kTwo, "[['append',9,3],['r',8,[1]]]", "wrong-micro-op",
       R"(micro-operation 1, ["r",8,null], came back as ["append",9,3]: its f is "append", not "r")"},
      {true, kTwo, "[['append',8,1],['append',9,3]]", "wrong-micro-op",
       R"(micro-operation 1, ["r",8,null], came back as ["append",8,1]: its f is "append", not "r")"},
      {true, kTwo, "[['r',8,[1]],['append',9]]", "wrong-micro-op",
       R"(micro-operation 2, ["append",9,3], came back as ["append",9]: it is no list of f, key and value)"},
      {true, kTwo, "[['r',8,[1]],{'append':9}]", "wrong-micro-op",
       R"(micro-operation 2, ["append",9,3], came back as {"append":9}: it is no list of f, key and value)"},
      {true, kTwo, "[['r',8,[1],true],['append',9,3]]", "wrong-micro-op",
       R"(micro-operation 1, ["r",8,null], came back as ["r",8,[1],true]: it is no list of f, key and value)"},
      {true, kTwo, "[['r','8',[1]],['append',9,3]]", "changed-key",
       R"(micro-operation 1, ["r",8,null], came back as ["r","8",[1]]: its key is "8", not 8)"},
      {true, kTwo, "[['r',8,[1]],['append',8,3]]", "changed-key",
       R"(micro-operation 2, ["append",9,3], came back as ["append",8,3]: its key is 8, not 9)"},
      {true, kTwo, "[['r',8,[1]],['append',9,[1,3]]]", "changed-write",
       R"(micro-operation 2, ["append",9,3], came back as ["append",9,[1,3]]: its value is [1,3], not 3)"},
      {true, kTwo, "[['r',8,[1]],['append',9,null]]", "changed-write",
       R"(micro-operation 2, ["append",9,3], came back as ["append",9,null]: its value is null, not 3)"},
      {true, kTwo, "[['r',8,1],['append',9,3]]", "wrong-read",
       R"(micro-operation 1, ["r",8,null], came back as ["r",8,1]: what it read should be a list or null, but is 1)"},
      {false, "[['r',8,null]]", "[['r',8,[1]]]", "wrong-read",
       R"(micro-operation 1, ["r",8,null], came back as ["r",8,[1]]: what it read should be a value that was written, )"
       "or null, but is [1]"},
      {false, "[['r',8,null]]", "[['r',8,{}]]", "wrong-read",
       R"(micro-operation 1, ["r",8,null], came back as ["r",8,{}]: what it read should be a value that was written, )"
       "or null, but is {}"},
      {false, "[['w',8,1]]", "[['r',8,1]]", "wrong-micro-op",
       R"(micro-operation 1, ["w",8,1], came back as ["r",8,1]: its f is "r", not "w")"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.came);
    const std::string reply = std::string("{'type':'txn_ok','txn':") + row.came + "}";
    const Completion end = End(Make(row.lists), row.txn, reply);
    CHECK(end.type == OpType::kInfo);
    CHECK(end.value.Dump() == FromJson(row.txn).Dump());
    REQUIRE(end.fault.has_value());
    CHECK(end.fault->kind == row.kind);
    CHECK(end.fault->invalidates);
    CHECK(end.fault->text.substr(0, end.fault->text.find('\n')) ==
          std::string("answered txn with something else than txn_ok: ") + row.what + ".");
    CHECK(end.exception.Find("class")->AsString() == "malformed-reply");
    // As Maelstrom, the run is no worse for it; and there a register may hold anything.
    const std::optional<ReplyFault> theirs = End(Make(row.lists, true), row.txn, reply).fault;
    const bool taken = !row.lists && row.kind == std::string("wrong-read");
    CHECK(theirs.has_value() == !taken);
    if (theirs.has_value()) CHECK_FALSE(theirs->invalidates);
  }
}

TEST_CASE("the error for a node's author, in full") {
  const Completion end = End(Make(true), "[['r',8,null],['append',9,3]]", "{'type':'txn_ok','txn':[['r',8,[1]]]}");
  REQUIRE(end.fault.has_value());
  CHECK(end.fault->text ==
        "answered txn with something else than txn_ok: it has 1 micro-operations, but 2 were sent.\n"
        "  sent:     {\"type\":\"txn\",\"txn\":[[\"r\",8,null],[\"append\",9,3]]}\n"
        "  expected: {\"type\": \"txn_ok\", \"txn\": [[f, key, value], ...]} or {\"type\": \"error\", "
        "\"code\": integer, \"text\": string (optional)}\n"
        "  received: {\"type\":\"txn_ok\",\"txn\":[[\"r\",8,[1]]]}\n"
        "  to do:    answer each txn with its own micro-operations, in their order: the same f and key, what is "
        "written as it was sent, and only the null of each read replaced by what was read.");
}

TEST_CASE("clients are kept, and wait as long as Maelstrom's") {
  for (const bool lists : {true, false}) {
    const Workload workload = Make(lists);
    CHECK(workload.client.reusable);
    CHECK(workload.client.rpc_timeout == Seconds(5));
    CHECK(workload.final_generator == nullptr);
    CHECK(workload.setup.empty());
  }
}

}  // namespace
}  // namespace gyre
