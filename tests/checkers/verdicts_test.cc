// The small checkers, as tables of histories in the notation of notation.h.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "checkers/availability.h"
#include "checkers/compose.h"
#include "checkers/echo.h"
#include "checkers/exceptions.h"
#include "checkers/fraction.h"
#include "checkers/net.h"
#include "checkers/stats.h"
#include "checkers/unique_ids.h"
#include "checkers/witness.h"
#include "tests/checkers/notation.h"

namespace gyre {
namespace {

CheckOptions At(std::vector<std::string> nodes, uint32_t concurrency) {
  CheckOptions options;
  options.nodes = std::move(nodes);
  options.concurrency = concurrency;
  return options;
}

CheckOptions Maelstrom() {
  CheckOptions options;
  options.parity = Parity::kMaelstrom;
  return options;
}

TEST_CASE("verdicts merge to the worst") {
  CHECK(Merge(Validity::kValid, Validity::kUnknown) == Validity::kUnknown);
  CHECK(Merge(Validity::kInvalid, Validity::kUnknown) == Validity::kInvalid);
  Verdict good, bad;
  good.details = FromJson("{'valid?':true}");
  bad.valid = Validity::kInvalid;
  bad.details = FromJson("{'valid?':false}");
  bad.anomalies.push_back({"odd", "it is odd", Json()});
  const Verdict all = Compose({{"stats", good}, {"workload", bad}});
  CHECK(all.valid == Validity::kInvalid);
  CHECK(all.anomalies.size() == 1);
  CHECK(all.details.Dump() == R"({"stats":{"valid?":true},"workload":{"valid?":false},"valid?":false})");
}

TEST_CASE("fractions print as single-precision floats") {
  struct Row {
    uint64_t num, den;
    double printed;
  };
  // The figures of real Maelstrom runs.
  for (const Row& row : {Row{16202, 8098, 2.000741}, Row{9920, 1956, 5.0715747}, Row{5988, 1956, 3.0613496},
                         Row{238, 104, 2.2884614}, Row{24, 104, 0.23076923}, Row{10, 10, 1.0}, Row{0, 7, 0.0}}) {
    CHECK(SinglePrecision(row.num, row.den) == row.printed);
  }
}

TEST_CASE("stats") {
  struct Row {
    const char* history;
    const char* details;
  };
  for (const Row& row : {
           Row{"", "{'valid?':true,'count':0,'ok-count':0,'fail-count':0,'info-count':0,'by-f':{}}"},
           Row{"0:r", "{'valid?':true,'count':0,'ok-count':0,'fail-count':0,'info-count':0,'by-f':{}}"},
           Row{"0:r 0:ok n:start", "{'valid?':true,'count':1,'ok-count':1,'fail-count':0,'info-count':0,'by-f':{"
                                   "'read':{'valid?':true,'count':1,'ok-count':1,'fail-count':0,'info-count':0}}}"},
           Row{"0:r 0:fail 0:crash 0:info 1:add1 1:ok",
               "{'valid?':false,'count':3,'ok-count':1,'fail-count':1,'info-count':1,'by-f':{"
               "'add':{'valid?':true,'count':1,'ok-count':1,'fail-count':0,'info-count':0},"
               "'crash':{'valid?':false,'count':1,'ok-count':0,'fail-count':0,'info-count':1},"
               "'read':{'valid?':false,'count':1,'ok-count':0,'fail-count':1,'info-count':0}}}"},
           Row{"0:crash 0:info", "{'valid?':true,'count':1,'ok-count':0,'fail-count':0,'info-count':1,'by-f':{"
                                 "'crash':{'valid?':false,'count':1,'ok-count':0,'fail-count':0,'info-count':1}}}"},
       }) {
    CAPTURE(row.history);
    CHECK(CheckStats(Parse(row.history), {}).details.Dump() == FromJson(row.details).Dump());
  }
  const Verdict verdict = CheckStats(Parse("0:r 0:fail 0:r 0:info"), {});
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].text ==
        "no read operation succeeded: of 2, 1 failed and 1 ended without a known outcome; see the errors of the read "
        "operations in the history");
}

// `reads` of which `ok` succeed, and `cas` of which none does: `mismatches` say that there was another value, the
// others that nobody was there.
History AllCasFail(int reads, int ok, int cas, int mismatches) {
  std::string line;
  for (int i = 0; i < reads; ++i) line += i < ok ? "0:r 0:ok " : "0:r 0:fail ";
  History plain = Parse(line);
  std::vector<Op> ops = plain.ops();
  for (int i = 0; i < cas; ++i) {
    Op op = ops[0];
    op.f = Atom("cas");
    op.index = OpIndex(static_cast<uint32_t>(ops.size()));
    op.time = ops.back().time;
    ops.push_back(op);
    op.type = OpType::kFail;
    op.error = Json::Array{i < mismatches ? "precondition-failed" : "temporarily-unavailable", "text"};
    op.index = OpIndex(static_cast<uint32_t>(ops.size()));
    ops.push_back(op);
  }
  return History::Make(std::move(ops)).value();
}

TEST_CASE("stats: where every cas may have failed by chance, it takes more operations to tell") {
  struct Row {
    int reads, ok, cas, mismatches;
    Validity ours;
  };
  for (const Row& row : {
           Row{20, 20, 20, 20, Validity::kUnknown},   // 0.8^20: one run in 90
           Row{20, 20, 69, 69, Validity::kUnknown},
           Row{20, 20, 70, 70, Validity::kInvalid},
           Row{20, 20, 70, 1, Validity::kInvalid},
           Row{20, 20, 6, 0, Validity::kUnknown},     // it may have been a fault
           Row{20, 20, 7, 0, Validity::kInvalid},     // never even compared, where all else works
           Row{20, 18, 7, 0, Validity::kInvalid},
           Row{20, 17, 7, 0, Validity::kUnknown},
           Row{20, 10, 139, 50, Validity::kUnknown},  // half of them found nobody
           Row{20, 10, 140, 50, Validity::kInvalid},
           Row{20, 0, 500, 0, Validity::kInvalid},    // no read succeeds: that is wrong already
       }) {
    CAPTURE(row.cas);
    const History history = AllCasFail(row.reads, row.ok, row.cas, row.mismatches);
    CHECK(CheckStats(history, {}).valid == row.ours);
    CheckOptions maelstrom;
    maelstrom.parity = Parity::kMaelstrom;
    CHECK(CheckStats(history, maelstrom).valid == Validity::kInvalid);
  }
  const Verdict verdict = CheckStats(AllCasFail(20, 19, 18, 18), {});
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].kind == "no-success");
  CHECK(verdict.anomalies[0].text ==
        "no cas operation succeeded of 18, too few to tell why: run more of them (--time-limit, --rate). A cas fails "
        "where its key has another value, and of the other operations 19 of 20 succeeded");
  CHECK(verdict.details.Find("valid?")->AsString() == "unknown");
  CHECK(verdict.details.Find("by-f")->Find("cas")->Find("valid?")->AsString() == "unknown");
  CHECK(*verdict.details.Find("by-f")->Find("read")->Find("valid?") == Json(true));
}

// A register of five values whose server is there for a part of the time, in stretches.
TEST_CASE("stats: of right registers none is convicted, of those whose cas never works all are, given 200") {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    Draw draw(seed, "stats", 0);
    const uint64_t there = 3 + draw.Below(8);  // of ten
    int reads = 0, ok = 0, cas = 0, mismatches = 0;
    bool succeeded = false, is_there = true;
    const uint64_t count = 5 + draw.Below(400);
    for (uint64_t i = 0; i < count; ++i) {
      if (draw.Below(8) == 0) is_there = draw.Below(10) < there;
      if (draw.Below(2) == 0) {
        ++reads;
        ok += is_there ? 1 : 0;
      } else {
        ++cas;
        const bool mismatch = draw.Below(5) != 0;
        if (is_there && mismatch) ++mismatches;
        if (is_there && !mismatch) succeeded = true;
      }
    }
    if (cas == 0 || ok == 0) continue;
    if (!succeeded) CHECK(CheckStats(AllCasFail(reads, ok, cas, mismatches), {}).valid == Validity::kUnknown);
    // The same requests, to a server that never says yes.
    if (is_there && cas >= 200 && ok * 2 >= reads) {
      CHECK(CheckStats(AllCasFail(reads, ok, cas, cas), {}).valid == Validity::kInvalid);
    }
  }
}

TEST_CASE("availability") {
  struct Row {
    const char* goal;
    const char* history;
    Validity valid;
    const char* fraction;
  };
  std::string nine_of_ten = "0:r 0:fail";
  for (int i = 0; i < 9; ++i) nine_of_ten += " 0:r 0:ok";
  for (const Row& row : {
           Row{"", "0:r 0:fail", Validity::kValid, "0.0"},
           Row{"total", "", Validity::kValid, "1.0"},
           Row{"total", "0:r 0:ok", Validity::kValid, "1.0"},
           Row{"total", "0:r 0:ok 1:r", Validity::kInvalid, "0.5"},
           Row{"0.5", "0:r 0:ok 1:r", Validity::kValid, "0.5"},
           Row{"0.51", "0:r 0:ok 1:r", Validity::kInvalid, "0.5"},
           Row{"0.9", nine_of_ten.c_str(), Validity::kValid, "0.9"},
           Row{"0", "0:r n:start", Validity::kValid, "0.0"},
       }) {
    CAPTURE(row.goal);
    CAPTURE(row.history);
    const absl::StatusOr<AvailabilityGoal> goal = ParseAvailability(row.goal);
    REQUIRE(goal.ok());
    const Verdict verdict = CheckAvailability(Parse(row.history), *goal);
    CHECK(verdict.valid == row.valid);
    CHECK(*verdict.details.Find("ok-fraction") == FromJson(row.fraction));
  }
  const AvailabilityGoal nine_tenths = *ParseAvailability("0.9");
  CHECK(CheckAvailability(Parse(nine_of_ten), nine_tenths, Parity::kMaelstrom).valid == Validity::kInvalid);
  const Verdict verdict = CheckAvailability(Parse("0:r 0:fail 0:r 0:ok"), nine_tenths);
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].text ==
        "only 1 of 2 operations succeeded, a fraction of 0.5, where --availability asks for at least 0.9");
  for (const char* bad : {"1.1", "-1", "half", ".", "0.1.2", "0.12345678901", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK(ParseAvailability(bad).status().message() ==
          "--availability is \"" + std::string(bad) +
              "\", but must be \"total\" or a fraction from 0 to 1, like 0.95");
  }
}

TEST_CASE("exceptions are told, most frequent first") {
  CHECK(CheckExceptions(Parse("0:r 0:ok")).details.Dump() == R"({"valid?":true})");
  const Verdict verdict = CheckExceptions(Parse("0:r 0:info!Rare 1:r 1:info!Often 2:r 2:info!Often 3:r 3:info"));
  CHECK(verdict.valid == Validity::kValid);
  CHECK(verdict.details ==
        FromJson("{'valid?':true,'exceptions':["
                 "{'count':2,'class':'Often','example':{'index':3,'time':3000000,'type':':info','process':1,"
                 "'f':':read','value':null,'exception':{'class':'Often','message':'it went wrong'}}},"
                 "{'count':1,'class':'Rare','example':{'index':1,'time':1000000,'type':':info','process':0,'f':':read',"
                 "'value':null,'exception':{'class':'Rare','message':'it went wrong'}}}]}"));
}

TEST_CASE("net") {
  const NetTraffic traffic{{22, 21, 22}, {20, 20, 20}, {2, 1, 2}};
  CHECK(CheckNet(Parse("0:r 0:ok 0:r n:start"), traffic).details ==
        FromJson("{'all':{'send-count':22,'recv-count':21,'msg-count':22,'msgs-per-op':11},"
                 "'clients':{'send-count':20,'recv-count':20,'msg-count':20},"
                 "'servers':{'send-count':2,'recv-count':1,'msg-count':2,'msgs-per-op':1},'valid?':true}"));
  CHECK(CheckNet(History(), traffic).details.Find("all")->Find("msgs-per-op") == nullptr);
}

TEST_CASE("echo") {
  struct Row {
    const char* history;
    Validity valid;
    const char* errors;
  };
  for (const Row& row : {
           Row{"", Validity::kUnknown, "[]"},
           Row{"0:echo1 0:info", Validity::kUnknown, "[]"},
           Row{"0:echo1", Validity::kUnknown, "[]"},
           Row{"0:echo1 0:ok{'echo':1}", Validity::kValid, "[]"},
           Row{"0:echo1 0:ok{'echo':1,'type':'echo_ok'} 0:echo2 0:info", Validity::kValid, "[]"},
           Row{"0:echo1 0:ok{'echo':2}", Validity::kInvalid,
               "[['Expected a message with :echo',1,'But received',{'echo':2}]]"},
           Row{"0:echo1 0:ok{}", Validity::kInvalid, "[['Expected a message with :echo',1,'But received',{}]]"},
           Row{"0:echo1 0:fail", Validity::kInvalid, "[['Expected a message with :echo',1,'But received',1]]"},
       }) {
    CAPTURE(row.history);
    const Verdict verdict = CheckEcho(Parse(row.history), {});
    CHECK(verdict.valid == row.valid);
    CHECK(*verdict.details.Find("errors") == FromJson(row.errors));
    const Validity parity = row.valid == Validity::kUnknown ? Validity::kValid : row.valid;
    CHECK(CheckEcho(Parse(row.history), Maelstrom()).valid == parity);
  }
}

TEST_CASE("echo in words") {
  struct Row {
    const char* history;
    const char* text;
  };
  for (const Row& row : {
           Row{"0:echo'hi' 5:echo'hi' 5:ok{'echo':'ho'}",
               "process 5 at n2 asked for an echo of \"hi\" (ops 1 to 2, 0.001s to 0.002s) and got \"ho\"."},
           Row{"0:echo'hi' 0:ok{'ohce':1}",
               "process 0 at n1 asked for an echo of \"hi\" (ops 0 to 1, 0.000s to 0.001s) and the reply has no "
               "\"echo\": {\"ohce\":1}"},
           Row{"0:echo'hi' 0:fail",
               "process 0 at n1 asked for an echo of \"hi\" (ops 0 to 1, 0.000s to 0.001s) and was refused: null"},
           Row{"0:echo9007199254740993 0:ok{'echo':9007199254740992}",
               "process 0 at n1 asked for an echo of 9007199254740993 (ops 0 to 1, 0.000s to 0.001s) and got "
               "9007199254740992. 9007199254740993 is beyond 2^53 and came back as 9007199254740992, the nearest "
               "float64: the node's JSON library reads integers as floating point; have it keep integers, or send such "
               "numbers as strings."},
       }) {
    CAPTURE(row.history);
    const Verdict verdict = CheckEcho(Parse(row.history), At({"n1", "n2"}, 4));
    REQUIRE(verdict.anomalies.size() == 1);
    CHECK(verdict.anomalies[0].text == row.text);
  }
}

TEST_CASE("integers that float64 changed") {
  struct Row {
    const char* sent;
    const char* received;
    bool changed;
  };
  for (const Row& row : {
           Row{"9007199254740993", "9007199254740992", true},
           Row{"9007199254740993", "9007199254740992.0", true},
           Row{"9007199254740993", "9007199254740993", false},
           Row{"9223372036854775807", "9223372036854775808", true},
           Row{"9223372036854775807", "9223372036854776000", true},  // as JavaScript prints it
           Row{"18446744073709551617", "1.8446744073709552e19", true},
           Row{"7", "8", false},
           Row{"7", "'7'", false},
           Row{"9007199254740993", "9007199254740996", false},
       }) {
    CAPTURE(row.sent);
    CAPTURE(row.received);
    CHECK(ChangedByFloat64(FromJson(row.sent), FromJson(row.received)) == row.changed);
  }
}

TEST_CASE("unique ids") {
  struct Row {
    const char* history;
    Validity valid;
    const char* details;  // but valid?
  };
  for (const Row& row : {
           Row{"", Validity::kUnknown,
               "{'attempted-count':0,'acknowledged-count':0,'duplicated-count':0,'duplicated':{},'range':[null,null]}"},
           Row{"0:gen 0:info", Validity::kUnknown,
               "{'attempted-count':1,'acknowledged-count':0,'duplicated-count':0,'duplicated':{},'range':[null,null]}"},
           Row{"0:gen 0:ok7 1:gen 1:ok3", Validity::kValid,
               "{'attempted-count':2,'acknowledged-count':2,'duplicated-count':0,'duplicated':{},'range':[3,7]}"},
           Row{"0:gen 0:ok1 1:gen 1:ok'1' 0:gen 0:ok[1]", Validity::kValid,
               "{'attempted-count':3,'acknowledged-count':3,'duplicated-count':0,'duplicated':{},'range':[1,[1]]}"},
           Row{"0:gen 0:ok{'a':1,'b':2} 1:gen 1:ok{'b':2,'a':1}", Validity::kInvalid,
               "{'attempted-count':2,'acknowledged-count':2,'duplicated-count':1,"
               "'duplicated':{'{\\'a\\':1,\\'b\\':2}':2},'range':[{'a':1,'b':2},{'a':1,'b':2}]}"},
           Row{"0:gen 0:ok7 1:gen 1:ok7 1:gen 1:fail7", Validity::kInvalid,
               "{'attempted-count':3,'acknowledged-count':2,'duplicated-count':1,'duplicated':{'7':2},'range':[7,7]}"},
       }) {
    CAPTURE(row.history);
    const Verdict verdict = CheckUniqueIds(Parse(row.history), {});
    CHECK(verdict.valid == row.valid);
    Json expected = FromJson(row.details);
    for (const Json::Member& member : expected.AsObject()) {
      CAPTURE(member.first);
      CHECK(*verdict.details.Find(member.first) == member.second);
    }
  }
  CHECK(CheckUniqueIds(History(), Maelstrom()).valid == Validity::kValid);
}

TEST_CASE("unique ids in words") {
  Verdict verdict = CheckUniqueIds(Parse("0:gen 1:gen 0:ok7 1:ok7"), At({"n1", "n2"}, 2));
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].text ==
        "the id 7 was given 2 times: to process 0 at n1 (ops 0 to 2, 0.000s to 0.002s); to process 1 at n2 (ops 1 to "
        "3, 0.001s to 0.003s)");
  CHECK(verdict.anomalies[0].witness.Dump() == R"({"id":7,"count":2,"ops":[[0,2],[1,3]]})");
  verdict = CheckUniqueIds(Parse("0:gen 0:ok1e300 0:gen 0:ok1e300 0:gen 0:ok1e300 0:gen 0:ok1e300"), {});
  REQUIRE(verdict.anomalies.size() == 1);
  CHECK(verdict.anomalies[0].text ==
        "the id 1e+300 was given 4 times: to process 0 (ops 0 to 1, 0.000s to 0.001s); to process 0 (ops 2 to 3, "
        "0.002s to 0.003s); to process 0 (ops 4 to 5, 0.004s to 0.005s); and others. The id is a floating-point number "
        "beyond 2^53, where neighbouring integers are rounded to one number: use a string or a smaller integer");
}

}  // namespace
}  // namespace gyre
