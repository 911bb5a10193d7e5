// Set-full, as tables of histories in the notation of notation.h. agreement_test.cc compares it with its definition.
#include "checkers/set_full.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/checkers/notation.h"

namespace gyre {
namespace {

struct Row {
  const char* what;
  const char* history;
  Validity valid;
  const char* details;  // the members looked at
};

void Check(const Row& row, const CheckOptions& options, const SetFullOptions& set) {
  CAPTURE(row.what);
  CAPTURE(row.history);
  const Verdict verdict = CheckSetFull(Parse(row.history), options, set);
  CHECK(ToString(verdict.valid) == ToString(row.valid));
  const Json expected = FromJson(row.details);
  for (const auto& [name, value] : expected.AsObject()) {
    const Json* got = verdict.details.Find(name);
    const std::string told = name + " is " + (got == nullptr ? "absent" : got->Dump());
    CHECK_MESSAGE((got != nullptr && *got == value), told);
  }
}

TEST_CASE("set-full outcomes") {
  const Row kRows[] = {
      {"nothing", "", Validity::kUnknown, "{'attempt-count':0,'error':'nothing was added, so nothing was checked'}"},
      {"no read", "0:add1 0:ok", Validity::kUnknown,
       "{'never-read':[1],'error':'no read was answered, so nothing was checked'}"},
      {"confirmed, then read", "0:add1 0:ok 1:r 1:ok[1]", Validity::kValid,
       "{'stable-count':1,'lost':[],'never-read':[],'stable-latencies':{'0':0,'0.5':0,'0.95':0,'0.99':0,'1':0}}"},
      {"never confirmed, never read", "0:add1 0:info 1:r 1:ok[]", Validity::kUnknown, "{'never-read':[1]}"},
      {"never confirmed, but read", "0:add1 0:info 1:r 1:ok[1]", Validity::kValid, "{'stable-count':1}"},
      {"confirmed and missed", "0:add1 0:ok 1:r 1:ok[]", Validity::kInvalid,
       "{'lost':[1],'lost-latencies':{'0':0,'0.5':0,'0.95':0,'0.99':0,'1':0}}"},
      {"missed by a read that began before it was known", "0:add1 1:r 0:ok 1:ok[]", Validity::kUnknown,
       "{'never-read':[1]}"},
      {"known by a read, missed by a later one", "0:add1 1:r 1:ok[1] 2:r 2:ok[]", Validity::kInvalid, "{'lost':[1]}"},
      {"seen, missed, seen again", "0:add1 0:ok 1:r 1:ok[] 1:r 1:ok[1]", Validity::kValid,
       "{'stable-count':1,'stale':[1],'stable-latencies':{'0':1,'0.5':1,'0.95':1,'0.99':1,'1':1}}"},
      {"invocations, not completions, order the reads", "0:add1 0:ok 1:r 2:r 2:ok[] 1:ok[1]", Validity::kInvalid,
       "{'lost':[1]}"},
      {"a failed add that nobody reads", "0:add1 0:fail 1:r 1:ok[]", Validity::kUnknown,
       "{'attempt-count':1,'never-read':[1]}"},
      {"reads that did not succeed say nothing", "0:add1 0:ok 1:r 1:info[] 2:r 2:fail[] 3:r 3:ok[1]", Validity::kValid,
       "{'stable-count':1,'stale':[]}"},
      {"adding again forgets what was seen before", "0:add1 0:ok 1:r 1:ok[] 0:add1 0:info", Validity::kUnknown,
       "{'attempt-count':1,'never-read':[1]}"},
      {"an element that is added while a long read runs is missed by it", "1:r 0:add1 0:ok 1:ok[] 2:r 2:ok[1]",
       Validity::kValid, "{'stable-count':1,'stale':[]}"},
      {"1 and 1.0 are one element", "0:add1 0:ok 1:r 1:ok[1.0]", Validity::kValid, "{'stable-count':1}"},
      {"elements of any kind", "0:add'a' 0:ok 0:add[1] 0:ok 1:r 1:ok[[1],'a']", Validity::kValid, "{'stable-count':2}"},
      {"the nemesis adds nothing", "n:add1 0:add2 0:ok 1:r 1:ok[2]", Validity::kValid, "{'attempt-count':1}"},
      {"a read that is no list", "0:add1 0:ok 1:r 1:ok[1] 2:r 2:ok7", Validity::kUnknown,
       "{'error':'the read that completed at op 5 has a value that is no list: 7'}"},
      {"an element twice in one read", "0:add1 0:ok 1:r 1:ok[1,1] 1:r 1:ok[1,1,1]", Validity::kInvalid,
       "{'duplicated':{'1':3},'duplicated-count':1}"},
      {"an element that nobody added", "0:add1 0:ok 1:r 1:ok[1,2]", Validity::kInvalid,
       "{'unexpected':[2],'unexpected-count':1}"},
      {"an element that is added only later", "1:r 1:ok[1] 0:add1 0:ok 1:r 1:ok[1]", Validity::kInvalid,
       "{'unexpected':[1],'stable-count':1}"},
  };
  for (const Row& row : kRows) Check(row, {}, {});
}

TEST_CASE("set-full as the reference implementation has it") {
  CheckOptions maelstrom;
  maelstrom.parity = Parity::kMaelstrom;
  const Row kRows[] = {
      {"duplicates are never found", "0:add1 0:ok 1:r 1:ok[1,1]", Validity::kValid,
       "{'duplicated':{},'duplicated-count':0}"},
      {"elements never added are ignored", "0:add1 0:ok 1:r 1:ok[1,2]", Validity::kValid, "{'attempt-count':1}"},
  };
  for (const Row& row : kRows) Check(row, maelstrom, {});
  CHECK(CheckSetFull(Parse("0:add1 0:ok 1:r 1:ok[1,2]"), maelstrom).details.Find("unexpected") == nullptr);
}

TEST_CASE("set-full where the set should be linearizable") {
  SetFullOptions linearizable;
  linearizable.linearizable = true;
  const Row kRows[] = {
      {"at once", "0:add1 0:ok 1:r 1:ok[1]", Validity::kValid, "{'stale':[]}"},
      {"late", "0:add1 0:ok 1:r 1:ok[] 1:r 1:ok[1]", Validity::kInvalid, "{'stale':[1]}"},
  };
  for (const Row& row : kRows) Check(row, {}, linearizable);
}

TEST_CASE("set-full in words") {
  struct Words {
    const char* history;
    const char* kind;
    const char* text;
    const char* witness;
  };
  CheckOptions options;
  options.nodes = {"n1", "n2", "n3"};
  options.concurrency = 3;
  for (const Words& row : {
           Words{"0:add7 0:ok @2000 5:r 5:ok[]", "lost",
                 "element 7 is lost: process 0 at n1 added it (ops 0 to 1, 0.000s to 0.001s). But the read of "
                 "process 5 at n3 (ops 2 to 3, 2.000s to 2.001s) began after it was known to be in the set, and did "
                 "not return it. No read ever returned it.",
                 "{'element':7,'add':[0,1],'known':1,'missed-by':[2,3]}"},
           Words{"0:add7 1:r 1:ok[7] 0:info 2:r 2:ok[]", "lost",
                 "element 7 is lost: process 0 at n1 added it (ops 0 to 3, 0.000s to 0.003s); the read of process 1 "
                 "at n2 (ops 1 to 2, 0.001s to 0.002s) was the first to return it. But the read of process 2 at n3 "
                 "(ops 4 to 5, 0.004s to 0.005s) began after it was known to be in the set, and did not return it. "
                 "The last read to return it was that of process 1 at n2 (ops 1 to 2, 0.001s to 0.002s), which began "
                 "earlier.",
                 "{'element':7,'add':[0,3],'known':2,'missed-by':[4,5],'last-present':[1,2]}"},
           Words{"0:add7 0:ok 1:r 1:ok[7,7]", "duplicated",
                 "element 7 is duplicated: the read of process 1 at n2 (ops 2 to 3, 0.002s to 0.003s) returned it 2 "
                 "times. A set has each element once.",
                 "{'element':7,'add':[0,1],'read':[2,3]}"},
           Words{"0:add9007199254740993 0:info 1:r 1:ok[9007199254740992]", "unexpected",
                 "element 9007199254740992 was never added when the read of process 1 at n2 (ops 2 to 3, 0.002s to "
                 "0.003s) returned it. 9007199254740993 is beyond 2^53 and came back as 9007199254740992, the nearest "
                 "float64: the node's JSON library reads integers as floating point; have it keep integers, or send "
                 "such numbers as strings.",
                 "{'element':9007199254740992,'read':[2,3]}"},
       }) {
    CAPTURE(row.history);
    const Verdict verdict = CheckSetFull(Parse(row.history), options);
    REQUIRE(verdict.anomalies.size() == 1);
    CHECK(verdict.anomalies[0].kind == row.kind);
    CHECK(verdict.anomalies[0].text == row.text);
    CHECK(verdict.anomalies[0].witness == FromJson(row.witness));
  }
}

TEST_CASE("elements may be added by another operation, which results call add") {
  SetFullOptions broadcast;
  broadcast.add = "broadcast";
  const Verdict verdict = CheckSetFull(Parse("0:broadcast1 0:ok 1:r 1:ok[] 1:r 1:ok[1]"), {}, broadcast);
  CHECK(verdict.valid == Validity::kValid);
  CHECK(*verdict.details.Find("worst-stale") ==
        FromJson("[{'element':1,'outcome':':stable','stable-latency':1,'lost-latency':null,"
                 "'known':{'index':1,'time':1000000,'type':':ok','process':0,'f':':add','value':1},"
                 "'last-absent':{'index':2,'time':2000000,'type':':invoke','process':1,'f':':read','value':null}}]"));
}

TEST_CASE("anomalies in words are few, counts are whole") {
  std::string line;
  for (int i = 0; i < 20; ++i) line += "0:add" + std::to_string(i) + " 0:ok ";
  const Verdict verdict = CheckSetFull(Parse(line + "1:r 1:ok[]"), {});
  CHECK(verdict.anomalies.size() == kMaxAnomaliesOfAKind);
  CHECK(*verdict.details.Find("lost-count") == Json(20));
}

}  // namespace
}  // namespace gyre
