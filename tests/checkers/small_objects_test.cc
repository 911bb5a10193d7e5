// Counters, queues and sets read once: what their verdicts say, in full.
#include <doctest/doctest.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "checkers/counter.h"
#include "checkers/pn_counter.h"
#include "checkers/queue.h"
#include "checkers/set.h"
#include "tests/checkers/notation.h"

namespace gyre {
namespace {

using Checker = Verdict (*)(const History& history, const CheckOptions& options);

struct Row {
  const char* history;
  Validity valid;
  const char* text;     // of the anomalies; or, without any, of the error
  const char* details;  // "": not compared
};

// Reads whose process is 9 are of the final phase.
History FinalReads(const char* line) {
  std::vector<Op> ops = Parse(line).ops();
  for (Op& op : ops) op.final = op.process == ProcessId(9);
  return *History::Make(std::move(ops));
}

void Check(Checker checker, const Row& row) {
  CAPTURE(row.history);
  const Verdict verdict = checker(FinalReads(row.history), {});
  CHECK(verdict.valid == row.valid);
  std::string text;
  for (const Anomaly& anomaly : verdict.anomalies) text += anomaly.kind + ": " + anomaly.text + "; ";
  if (const Json* error = verdict.details.Find("error"); error != nullptr && text.empty()) text = error->AsString();
  CHECK(text == row.text);
  if (row.details[0] != '\0') {
    const std::string shown = absl::StrReplaceAll(verdict.details.Dump(), {{"\\\"", "'"}, {"\"", "'"}});
    CHECK(shown == row.details);
  }
}

TEST_CASE("counters that must be exact at the end") {
  for (const Row& row : {
           Row{"", Validity::kUnknown, "no read succeeded at the end, so nothing was checked", ""},
           Row{"0:add2 0:ok 1:r 1:ok7", Validity::kUnknown, "no read succeeded at the end, so nothing was checked", ""},
           Row{"0:add2 0:ok 9:r 9:ok2", Validity::kValid, "",
               "{'valid?':true,'errors':null,'final-reads':[2],'acceptable':[[2,2]]}"},
           Row{"0:add2 0:fail 9:r 9:ok2", Validity::kInvalid,
               "wrong-final-read: process 9 read 2 at the end (ops 2 to 3, 0.002s to 0.003s), but all acknowledged "
               "additions sum up to 0. Something was counted twice.; ", ""},
           Row{"0:add2 0:ok 1:add5 1:info 2:add1 9:r 9:ok1", Validity::kInvalid,
               "wrong-final-read: process 9 read 1 at the end (ops 5 to 6, 0.005s to 0.006s), but all acknowledged "
               "additions sum up to 2, and with those that may have happened the counter could be 2 to 3 or 7 to 8. "
               "Something was lost, or taken away twice.; ", ""},
           Row{"0:add2 0:ok 9:r 9:ok2.5", Validity::kInvalid,
               "wrong-final-read: process 9 read 2.5 at the end (ops 2 to 3, 0.002s to 0.003s), but all acknowledged "
               "additions sum up to 2.; ", ""},
           Row{"0:add1 0:info 0:add1 0:info 0:add1 0:info 9:r 9:ok3", Validity::kValid, "",
               "{'valid?':true,'errors':null,'final-reads':[3],'acceptable':[[0,3]]}"},
           Row{"0:add7 0:info 0:add7 0:info 0:add7 0:info 9:r 9:ok14", Validity::kValid, "",
               "{'valid?':true,'errors':null,'final-reads':[14],'acceptable':[[0,0],[7,7],[14,14],[21,21]]}"},
           Row{"0:add'x' 0:ok 9:r 9:ok0", Validity::kUnknown,
               "op 1 adds \"x\", which is no integer that can be counted with", ""},
           Row{"0:add9223372036854775807 0:info 9:r 9:ok0", Validity::kUnknown,
               "op 1 adds 9223372036854775807, which is no integer that can be counted with", ""},
       }) {
    Check(CheckPnCounter, row);
  }
}

TEST_CASE("sums beyond 64 bits") {
  constexpr char kSum[] = "the sum of the additions leaves the range of 64 bits at op 2";
  Check(CheckCounter, {"0:add9223372036854775807 0:ok 1:add1 1:ok", Validity::kUnknown, kSum, ""});
  Check(CheckPnCounter, {"0:add2305843009213693952 0:info 0:add2305843009213693952 0:info 9:r 9:ok0",
                         Validity::kUnknown, "too many additions may or may not have happened for their sums to be "
                         "listed", ""});
}

TEST_CASE("ten thousand additions that may have happened") {
  std::string line;
  for (int i = 0; i < 10000; ++i) line += "0:add7 0:info 0:add-3 0:info ";
  Check(CheckPnCounter, {(line + "9:r 9:ok123").c_str(), Validity::kValid, "", ""});
}

TEST_CASE("counters read while they grow") {
  for (const Row& row : {
           Row{"", Validity::kValid, "", "{'valid?':true,'reads':[],'errors':[]}"},
           Row{"0:add1 1:r 0:ok 1:ok0", Validity::kValid, "", "{'valid?':true,'reads':[[0,0,1]],'errors':[]}"},
           Row{"0:add1 0:ok 1:r 1:ok0", Validity::kInvalid,
               "wrong-read: process 1 read 0 (ops 2 to 3, 0.002s to 0.003s), but 1 had been acknowledged when it "
               "asked, and no more than 1 had been asked for when it was answered.; ",
               "{'valid?':false,'reads':[[1,0,1]],'errors':[[1,0,1]]}"},
           Row{"0:add1 0:fail 1:r 1:ok1", Validity::kInvalid,
               "wrong-read: process 1 read 1 (ops 2 to 3, 0.002s to 0.003s), but 0 had been acknowledged when it "
               "asked, and no more than 0 had been asked for when it was answered.; ", ""},
       }) {
    Check(CheckCounter, row);
  }
}

TEST_CASE("queues") {
  for (const Row& row : {
           Row{"", Validity::kValid, "", "{'valid?':true,'final-queue':{}}"},
           Row{"0:enqueue1 0:fail 0:enqueue1 1:dequeue 1:ok1", Validity::kValid, "",
               "{'valid?':true,'final-queue':{'1':1}}"},
           Row{"0:enqueue1 0:ok 1:dequeue 1:ok1 1:dequeue 1:ok1", Validity::kInvalid,
               "unexpected: 1 was dequeued by process 1 (ops 4 to 5, 0.004s to 0.005s), which makes 2 times; until "
               "then it had been asked to be enqueued 1 times; ",
               "{'valid?':false,'error':'can't dequeue 1'}"},
       }) {
    Check(CheckQueue, row);
  }
}

TEST_CASE("what goes in comes out") {
  for (const Row& row : {
           Row{"0:enqueue1 0:ok 1:dequeue 1:ok1", Validity::kValid, "", ""},
           Row{"0:enqueue1 0:ok", Validity::kInvalid,
               "lost: 1 was enqueued and acknowledged by process 0 (ops 0 to 1, 0.000s to 0.001s), and was dequeued "
               "0 times; ", ""},
           Row{"0:enqueue1 0:ok 0:enqueue1 0:ok 1:dequeue 1:ok1", Validity::kInvalid,
               "lost: 1 was enqueued and acknowledged by process 0 (ops 0 to 1, 0.000s to 0.001s), 2 times, and was "
               "dequeued 1 times; ", ""},
           Row{"1:dequeue 1:ok1", Validity::kInvalid,
               "unexpected: 1 was dequeued by process 1 (ops 0 to 1, 0.000s to 0.001s), but nobody asked to enqueue "
               "it; ", ""},
           Row{"0:enqueue1 0:ok 0:enqueue2 0:ok 1:drain 1:ok[1,2]", Validity::kValid, "", ""},
           Row{"0:enqueue1 0:ok 1:drain 1:info", Validity::kUnknown,
               "the drain by process 1 (ops 2 to 3, 0.002s to 0.003s) did not say what it took", ""},
       }) {
    Check(CheckTotalQueue, row);
  }
}

TEST_CASE("sets that are read once") {
  for (const Row& row : {
           Row{"0:add1 0:ok", Validity::kUnknown, "Set was never read", ""},
           Row{"0:add1 0:ok 0:add2 0:info 0:add3 0:ok 0:add'x' 0:ok 1:r 1:ok[1,2,3,'x']", Validity::kValid, "",
               "{'valid?':true,'attempt-count':4,'acknowledged-count':3,'ok-count':4,'ok':'#{1..3 'x'}',"
               "'lost-count':0,'lost':'#{}','recovered-count':1,'recovered':'#{2}','unexpected-count':0,"
               "'unexpected':'#{}'}"},
           Row{"0:add1 0:ok 1:r 1:ok[1] 1:r 1:ok[5,6]", Validity::kInvalid,
               "lost: the last read, by process 1 (ops 4 to 5, 0.004s to 0.005s), misses acknowledged elements: "
               "#{1}; unexpected: the last read, by process 1 (ops 4 to 5, 0.004s to 0.005s), has elements that "
               "nobody asked to add: #{5..6}; ", ""},
       }) {
    Check(CheckSet, row);
  }
}

}  // namespace
}  // namespace gyre
