#include "tests/fuzz/sample_histories.h"

#include <iterator>
#include <utility>

#include "tests/checkers/notation.h"

namespace gyre {
namespace {

constexpr char kQueue[] = "0:enqueue1 1:enqueue2 0:ok 1:info 2:dequeue 2:ok1 3:dequeue n:kill 3:ok2 4:dequeue 4:fail";
constexpr char kRegister[] =
    "0:write1 1:r 0:ok 1:ok1 0:write3 1:r 1:ok0 2:write2 0:info 2:fail 3:r n:start 3:ok3 4:write4";
constexpr char kCas[] = "0:write1 0:ok 1:cas[1,2] 2:r 1:ok 2:ok2 3:cas[7,8] 3:fail 4:cas[2,3] 4:info 5:r 5:ok1 6:r";
constexpr char kKeyed[] =
    "0:write['x',1] 0:ok 1:cas['x',[1,2]] 2:r['x',null] 1:ok 2:ok['x',2] 3:write['y',1] 3:info 4:r['y',null] "
    "4:ok['y',1] 5:r['x',null] 5:ok['x',1] 6:r['x',null]";
constexpr char kSet[] = "0:add1 1:add2 0:ok 1:info 2:add3 2:ok 3:r 3:ok[1,2] n:heal 4:add4 9:r 9:ok[1,4,9] 5:r";
constexpr char kCounter[] = "0:add1 0:ok 1:add2 1:info 2:add-3 2:fail 3:r 3:ok3 n:stop 9:r 9:ok7 4:add5";
constexpr char kLists[] =
    "0:txn[['append','x',1],['r','y',null]] 1:txn[['append','y',1],['r','x',null]] "
    "0:ok[['append','x',1],['r','y',[]]] 1:ok[['append','y',1],['r','x',[]]] 2:txn[['r','x',null],['append','x',2]] "
    "n:kill 2:ok[['r','x',[1]],['append','x',2]] 3:txn[['append','x',3]] 3:info 4:txn[['r','x',null]] "
    "4:ok[['r','x',[1,2,3]]] 5:txn[['append',7,1]] 5:fail 6:txn[['r','y',null]]";
constexpr char kRegisters[] =
    "0:txn[['w','x',1],['r','y',null]] 1:txn[['w','y',1],['r','x',null]] 0:ok[['w','x',1],['r','y',null]] "
    "1:ok[['w','y',1],['r','x',null]] 2:txn[['r','x',null],['w','x',2]] n:kill 2:ok[['r','x',1],['w','x',2]] "
    "3:txn[['w','x',3]] 3:info 4:txn[['r','x',null]] 4:ok[['r','x',3]] 5:txn[['w',7,1]] 5:fail 6:txn[['r','y',null]]";
constexpr char kUnits[] =
    "0:txn[['write','x',1],['read','y',null]] 0:ok 1:txn[['read','x',null]] 1:ok[['read','x',1]] "
    "2:txn[['write','x',2],['write','y',2]] 2:info 3:txn[['read','y',null]] n:kill 3:ok[['read','y',2]] "
    "4:txn[['read','x',null]] 4:ok[['read','x',1]] 5:txn[['read','x',null]]";

constexpr SampleRow kSamples[] = {
    {"broadcast", "0:broadcast1 1:broadcast2 0:ok 1:info 2:broadcast3 2:ok n:heal 3:r 3:ok[1,2] 9:r 9:ok[1,7] 4:r"},
    {"cas-register", kCas},
    {"counter", kCounter},
    {"echo", "0:echo'a' 1:echo'b' 0:ok{'echo':'a'} 1:ok{'echo':'c'} n:kill 2:echo'd' 2:info 3:echo'e' 3:fail "
             "4:echo'f'"},
    {"exceptions", "0:r 0:info!Rare 1:r 1:info!Often 2:r n:kill 2:info!Often 3:r 3:ok1 4:r"},
    {"fifo-queue", kQueue},
    {"g-counter", kCounter},
    {"g-set", kSet},
    {"kafka", "0:assign['x'] 0:ok 1:send[['send','x',1]] 1:ok[['send','x',[0,1]]] 2:txn[['send','x',2],['poll']] "
              "n:kill 2:info[['send','x',[1,2]],['poll',{'x':[[0,1]]}]] 0:poll[['poll']] "
              "0:ok[['poll',{'x':[[0,1],[2,3]]}]] "
              "3:subscribe['x'] 3:ok 3:poll[['poll']] 3:ok[['poll',{'x':[[1,2]]}]] 4:send[['send','y',5]] 4:fail "
              "5:poll"},
    {"kv", "0:put['x','a'] 0:ok 1:append['x','b'] 1:ok 2:get['x',''] n:kill 2:ok['x','ab'] 3:append['x','c'] 3:info "
           "4:get['x',''] 4:ok['x','a'] 5:get['y','']"},
    {"lin-kv", kKeyed},
    {"linear-set", "0:add1 0:ok 1:add2 1:info 2:r 2:ok[1,2] n:kill 3:r 3:ok[1] 4:add3 4:fail 5:r"},
    {"list-append", kLists},
    {"multi-register", kUnits},
    {"mutex", "0:acquire 0:ok 1:acquire 0:release 0:ok n:kill 1:ok 2:acquire 2:info 3:acquire 3:ok 1:release"},
    {"pn-counter", kCounter},
    {"queue", kQueue},
    {"register", kRegister},
    {"rw-register", kRegisters},
    {"set", kSet},
    {"set-full", kSet},
    {"stats", "0:r 0:fail 0:crash 0:info 1:add1 n:kill 1:ok 2:r"},
    {"total-queue", "0:enqueue1 1:enqueue2 0:ok 1:info 2:dequeue 2:ok1 3:drain n:kill 3:ok[2,7] 4:dequeue"},
    {"txn-list-append", kLists},
    {"txn-rw-register", kRegisters},
    {"unique-ids", "0:gen 0:ok1 1:gen 1:ok2 2:gen 2:ok1 n:kill 3:gen 3:info 4:gen 4:fail 5:gen 5:ok'x' 6:gen"},
    {"unordered-queue", kQueue},
};

struct TextRow {
  const char* target;
  const char* text;
};

constexpr TextRow kTexts[] = {
    {"edn", "{:process 0, :type :invoke, :f :write, :value [1 nil \"a\\n\"]}"},
    {"edn", "#jepsen.history.Op{:a #{1 2.5 \\a} :b (x y/z ##Inf 12N 1e3) ; what\n :c #_ 7 true}"},
    {"histories-awdit", "r 1 7\nw 2 0\n-----\nr 2 0\n=====\nw 1 7"},
    {"histories-cases", "{\"id\":\"a\",\"kind\":\"register\",\"opts\":{\"init\":0},\"history\":[{\"type\":\"invoke\","
                        "\"f\":\"read\",\"process\":\"nemesis\",\"value\":null,\"time\":1}],\"expected\":{}}"},
    {"histories-edn", "[{:process :nemesis :type :info :f :kill}\n {:type :ok :key 1 :value 3 :final? true}]"},
    {"histories-log", "INFO  jepsen.util - 4\t:invoke\t:write\t1\nINFO jepsen.core - hello\n"
                      "INFO  jepsen.util - 4\t:info\t:write\t:timed-out\n"},
    {"histories-plume", "w(1,7,0,0)\nr(1,7,1,0)\nw(2,3,0,1)\n"},
    {"json", "[1,-2.5e3,18446744073709551615,123456789012345678901234567890,\"\\ud83d\\ude00\\n\",{\"a\":null}]"},
};

}  // namespace

absl::Span<const SampleRow> SampleHistories() { return kSamples; }

History HistoryOf(const SampleRow& row) {
  std::vector<Op> ops = Parse(row.line).ops();
  for (Op& op : ops) op.final = op.process == ProcessId(9);
  return *History::Make(std::move(ops));
}

std::vector<std::string> SampleTexts(std::string_view target) {
  std::vector<std::string> texts;
  for (const TextRow& row : kTexts) {
    if (target == row.target || target == "histories-auto") texts.push_back(row.text);
  }
  // A journal with an endpoint and a phase, as the records' payloads.
  if (target == "journal") texts.push_back(std::string("\1\6\0\0\0\0n1\7\x09\2setup", 16));
  return texts;
}

}  // namespace gyre
