// gyre check: notations, options, what is expected, and what is said of files that cannot be judged.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/labelled.h"
#include "tests/tools/golden.h"
#include "tools/expectation.h"
#include "tools/run/judges.h"
#include "tools/run/registry.h"

namespace gyre {
namespace {

// What `gyre check WORDS` prints when "FILE" holds `text`, with the file's directory left out.
std::string Checked(const std::string& text, Words words) {
  const TemporaryDirectory directory;
  const std::string path = Concat(directory.path(), "/FILE");
  REQUIRE(WriteFileAtomically(path, text).ok());
  words.insert(words.begin(), "check");
  for (std::string& word : words) {
    if (word == "FILE") word = path;
  }
  std::string shown = Transcript(words);
  shown = absl::StrReplaceAll(shown, {{Concat(directory.path(), "/"), ""}});
  return shown.substr(shown.find('\n') + 1);
}

std::string Json2(const std::string& text) { return absl::StrReplaceAll(text, {{"'", "\""}}); }

TEST_CASE("notations") {
  struct Row {
    const char* text;
    const char* notation;
    const char* entries;  // of each history, or the error
  };
  const Row kRows[] = {
      {"", "edn", "0;"},
      {"{:type :invoke :f :read :process 1}\n{:type :ok :f :read :process 1 :value 3}", "edn", "2;"},
      {"[{:type :ok}]", "edn", "1;"},
      {" ; a comment\n({:type :ok}\n{:type 7})", "edn",
       "line 3, column 1: entry 1: :type must be :invoke, :ok, :fail or :info;"},
      {"[{:type :ok}\n {:a}]", "edn", "not EDN at line 2, column 2: a map whose last key has no value;"},
      {"{'gyre-history':1}\n{'type':'invoke','f':'x'}\n", "gyre", "1;"},
      {"{'gyre-history':1}\n{'type':'ok','index':7}\n", "gyre",
       "entry 0 of the history has index 7: indices must be 0, 1, 2, ...;"},
      {"{'type':'ok','index':7}\n\n{'type':'info','time':-1}\n", "json", "2;"},
      {"[{'type':'ok','f':null},\n{'type':'ok','index':-1}]", "json", "2;"},
      {"{'type':'ok'}\n{'type':'never'}\n", "json",
       "line 2: 'type' must be 'invoke', 'ok', 'fail' or 'info';"},
      {"{'type':'ok'", "json",
       "line 1: not valid JSON at byte 8: a missing or misplaced comma, colon, bracket, name or value;"},
      {"{'history':[{'type':'ok'}]}\n{'history':[]}\n{'history':7}\n{}\n", "cases",
       "1;0;line 3: the history must be an array of entries;line 4: a case must have a 'history';"},
      {"{\n 'kind': 'echo',\n 'history': [\n{'type':'ok'}]}\n", "cases", "1;"},
      {"{'history':[{'type':'invoke'},{'type':'invoke'}]}", "cases", "2;"},
      {"{'type':'invoke'}\n{'type':'invoke'}", "json",
       "entry 1 of the history: process 0 invokes  while its operation of entry 0 is open;"},
      {"{'history':[{'type':'ok','process':-2}]}", "cases",
       "line 1: entry 0 of the history: 'process' must be a number from 0 or 'nemesis';"},
      {"INFO  jepsen.util - 4\t:invoke\t:write\t1\nINFO jepsen.core - hello\n"
       "INFO  jepsen.util - 4\t:info\t:write\t:timed-out\n", "log", "2;"},
      {"INFO  jepsen.util - 4\t:invoke\t:write\n", "log",
       "line 1: an entry has four words: process, :type, :f and value;"},
      {"INFO  jepsen.util - x\t:invoke\t:write 3\n", "log",
       "line 1: :process must be a number from 0 or a keyword;"},
      {"r 1 7\nw 2 0\n-----\nr 2 0\n=====\n\nw 1 7", "awdit", "6;"},
      {"w 1 7\n--\n", "awdit",
       "line 2: '--' is not 'r KEY VALUE', 'w KEY VALUE', -----, which ends a transaction, or =====, which ends a "
       "session;"},
      {"w(1,7,0,0)\nr(1,7,1,0)\nw(2,3,0,0)\n", "plume", "4;"},
      {"w(1,7,0,0)\nr(1,7)\n", "plume",
       "line 2: 'r(1,7)' is not 'r(KEY,VALUE,SESSION,TRANSACTION)' or 'w(KEY,VALUE,SESSION,TRANSACTION)';"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const std::string text = Json2(row.text);
    CHECK(NotationNames()[static_cast<size_t>(NotationOf(text))] == std::string(row.notation));
    std::string shown;
    ReadHistories(text, Notation::kAuto, [&](const LabelledHistory& labelled) {
      shown += labelled.history.ok() ? Concat(labelled.history->size(), ";")
                                     : Concat(labelled.history.status().message(), ";");
    });
    CHECK(shown == Json2(row.entries));
  }
}

TEST_CASE("what is expected and what came") {
  struct Row {
    const char* expected;
    const char* result;
    const char* differences;
  };
  const Row kRows[] = {
      {"{}", "{'valid?':true}", ""},
      {"{'valid?':true}", "{'valid?':true}", ""},
      {"{'valid':true}", "{'valid?':false}", "valid? should be true, but is false;"},
      {"{'not':['b','a']}", "{'not':['a','b']}", ""},
      {"{'not':['a']}", "{'not':[]}", "not should be ['a'], but is [];"},
      {"{'anomaly_types':['G0']}", "{'anomaly-types':['G1c']}", "anomaly-types should be ['G0'], but is ['G1c'];"},
      {"{'anomaly-types':['G0','PL-1-cycle-exists']}", "{'anomaly-types':['G0']}", ""},
      {"{'lost':[1],'lost-count':1}", "{'lost':[2],'lost-count':1}", "lost should be [1], but is [2];"},
      {"{'other':1}", "{'other':2}", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.expected);
    std::string shown;
    for (const std::string& each : Differences(*ParseJson(Json2(row.expected)), *ParseJson(Json2(row.result)),
                                               "lost lost-count")) {
      shown += each + ";";
    }
    CHECK(shown == Json2(row.differences));
  }
}

TEST_CASE("every workload has a judge, and the judges are in order") {
  for (const WorkloadRow& row : Workloads()) CHECK_MESSAGE(FindJudge(row.name) != nullptr, row.name);
  for (size_t i = 1; i < Judges().size(); ++i) CHECK(std::string(Judges()[i - 1].kind) < Judges()[i].kind);
}

constexpr char kStale[] =
    "{:process 0 :type :invoke :f :write :value 1}\n{:process 0 :type :ok :f :write :value 1}\n"
    "{:process 1 :type :invoke :f :read :value nil}\n{:process 1 :type :ok :f :read :value nil}\n";
constexpr char kCases[] =
    "{'id':'a','kind':'register','opts':{'init':0},'history':[{'type':'invoke','f':'read','value':null},"
    "{'type':'ok','f':'read','value':1}],'expected':{'valid?':true}}\n"
    "{'id':'b','kind':'unique-ids','history':[],'expected':{'valid?':true,'attempted-count':0}}\n"
    "{'id':'c','kind':'nothing','history':[]}\n"
    "{'id':'d','kind':'register','opts':{'nil-read':7},'history':[]}\n"
    "{'id':'e',\n";

TEST_CASE("transcripts") {
  std::string text;
  const auto show = [&](const std::string& heading, const std::string& transcript) {
    text += Concat("--- ", heading, "\n", transcript, "\n");
  };
  show("a nil that says nothing", Checked(kStale, {"-w", "register", "FILE"}));
  show("a nil that says absent", Checked(kStale, {"-w", "register", "--nil-read", "absent", "FILE"}));
  show("as JSON", Checked(kStale, {"-w", "register", "--nil-read", "absent", "--json", "FILE"}));
  show("two files", Checked(kStale, {"-w", "register", "FILE", "FILE"}));
  show("no kind", Checked(kStale, {"FILE"}));
  show("no such kind", Checked(kStale, {"-w", "registr", "FILE"}));
  show("an option of another kind", Checked(kStale, {"-w", "echo", "--initial", "1", "FILE"}));
  show("an initial value that is none", Checked(kStale, {"-w", "register", "--initial", "{", "FILE"}));
  show("opts that are none", Checked(kStale, {"-w", "register", "--opts", "[1]", "FILE"}));
  show("an operation of another model", Checked(kStale, {"-w", "mutex", "FILE"}));
  show("a file in another notation", Checked(kStale, {"-w", "register", "--format", "json", "FILE"}));
  show("labelled cases", Checked(Json2(kCases), {"--expect", "FILE"}));
  show("labelled cases as JSON", Checked(Json2(kCases), {"--expect", "--json", "FILE"}));
  show("a cut file", Checked("[{:type :ok :f :x}\n {:type", {"-w", "echo", "FILE"}));
  show("one case not as expected",
       Checked(Json2("{'id':'x','kind':'echo','history':[],'expected':{'valid?':false}}"), {"--expect", "FILE"}));
  CheckGolden("check.txt", text);
}

}  // namespace
}  // namespace gyre
