// Roster, History and the history's files.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/edn.h"
#include "sim/history/history_files.h"
#include "sim/history/message.h"
#include "sim/history/op.h"

namespace gyre {
namespace {

// A history in a mini-language: "i0 r0" is an invocation by process 0, then its completion; the letters are
// i(nvoke), o(k), f(ail), n (info); process N is the nemesis.
std::vector<Op> Ops(std::string_view text) {
  std::vector<Op> ops;
  for (size_t i = 0; i + 1 < text.size(); i += 3) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops.size()));
    op.time = Instant(static_cast<int64_t>(ops.size()) * 10);
    op.process = text[i + 1] == 'N' ? kNemesis : ProcessId(text[i + 1] - '0');
    op.type = text[i] == 'i' ? OpType::kInvoke
                             : (text[i] == 'o' ? OpType::kOk : (text[i] == 'f' ? OpType::kFail : OpType::kInfo));
    op.f = "read";
    ops.push_back(op);
  }
  return ops;
}

// The position of each entry's other half, '-' for none.
std::string Pairs(const absl::StatusOr<History>& history) {
  if (!history.ok()) return Concat("<", history.status().message(), ">");
  std::string out;
  for (size_t i = 0; i < history->size(); ++i) {
    out += history->pair(i) == History::kNone ? "-" : Concat(history->pair(i));
  }
  return out;
}

TEST_CASE("invocations are paired with completions") {
  struct {
    const char* ops;
    const char* expected;
  } const kRows[] = {
      {"", ""},
      {"i0 o0", "10"},
      {"i0 i1 o0 f1 i0 n0", "230154"},
      {"i0", "-"},
      {"o0 i0 o0", "-21"},
      {"i0 n0 o0", "10-"},
      {"nN i0 nN o0 nN", "2301-"},
      {"i0 i0", "<entry 1 of the history: process 0 invokes read while its operation of entry 0 is open>"},
  };
  for (const auto& row : kRows) CHECK(Pairs(History::Make(Ops(row.ops))) == row.expected);
}

TEST_CASE("what is no history is refused") {
  std::vector<Op> ops = Ops("i0 o0");
  ops[1].index = OpIndex(2);
  CHECK(Pairs(History::Make(ops)) == "<entry 1 of the history has index 2: indices must be 0, 1, 2, ...>");
  ops = Ops("i0 o0");
  ops[0].time = Instant(Seconds(2).ns());
  CHECK(Pairs(History::Make(ops)) ==
        "<entry 1 of the history is at 0.00000001s, before the entry in front of it, at 2.000s>");
  ops = Ops("i0");
  ops[0].time = Instant(INT64_MIN);
  CHECK(Pairs(History::Make(ops)) ==
        "<entry 0 of the history is at -9223372036.854775808s, more than 73 years from its zero>");
  ops[0].time = Instant(INT64_MAX);
  CHECK(Pairs(History::Make(ops)) ==
        "<entry 0 of the history is at 9223372036.854775807s, more than 73 years from its zero>");
  ops = Ops("i0");
  ops[0].process = ProcessId(-2);
  CHECK(Pairs(History::Make(ops)) == "<entry 0 of the history has process -2, which is negative>");
}

TEST_CASE("the digest sees every field") {
  const auto digest = [](auto change) {
    std::vector<Op> ops = Ops("i0 o0");
    ops[1].value = Json::ObjectOf({{"a", 1}, {"b", 2}});
    change(ops[1]);
    return History::Make(ops)->digest();
  };
  const Digest base = digest([](Op&) {});
  CHECK(base.Hex() == "411058e436d9936de60199e2e3cc41a7");
  CHECK(base == digest([](Op& op) { op.value = Json::ObjectOf({{"b", 2}, {"a", 1}}); }));
  CHECK(!(base == digest([](Op& op) { op.time = Instant(11); })));
  CHECK(!(base == digest([](Op& op) { op.process = ProcessId(1); })));
  CHECK(!(base == digest([](Op& op) { op.type = OpType::kFail; })));
  CHECK(!(base == digest([](Op& op) { op.final = true; })));
  CHECK(!(base == digest([](Op& op) { op.f = "write"; })));
  CHECK(!(base == digest([](Op& op) { op.value = 1; })));
  CHECK(!(base == digest([](Op& op) { op.error = "x"; })));
  CHECK(!(base == digest([](Op& op) { op.exception = "x"; })));
  CHECK(!(base == History().digest()));
}

TEST_CASE("the roster finds names and ids") {
  Roster roster;
  CHECK(roster.Add("n1", NodeRole::kServer) == NodeId(0));
  CHECK(roster.Add("c1", NodeRole::kClient) == NodeId(1));
  NodeId id;
  REQUIRE(roster.Find("c1", &id));
  CHECK(id == NodeId(1));
  CHECK(!roster.Find("c2", &id));
  CHECK(roster.name(id) == "c1");
  CHECK(roster.role(id) == NodeRole::kClient);
  CHECK(roster.size() == 2);
}

// One entry of each sort, in three formats.
History Sample() {
  std::vector<Op> ops = Ops("nN i0 o0 i1 n1 i2 n2");
  ops[0].f = "start-partition";
  ops[0].value = Json(Json::Array{"isolated", Json::ObjectOf({{"n1", Json::Array{"n2"}}})});
  ops[2].value = Json(Json::Array{1, 0.5, "a\tb\xc3\xa9", nullptr});
  ops[2].final = true;
  ops[4].error = "net-timeout";
  ops[6].error = Json(Json::Array{"crash", "two words"});
  ops[6].exception = Json::ObjectOf({{"class", "gyre.BadReply"}, {"message", "no \"value\""}});
  return *History::Make(ops);
}

constexpr std::string_view kSampleJsonLines =
    R"({"gyre-history":1}
{"index":0,"time":0,"process":"nemesis","type":"info","f":"start-partition","value":["isolated",{"n1":["n2"]}]}
{"index":1,"time":10,"process":0,"type":"invoke","f":"read","value":null}
{"index":2,"time":20,"process":0,"type":"ok","f":"read","value":[1,0.5,"a\tbé",null],"final":true}
{"index":3,"time":30,"process":1,"type":"invoke","f":"read","value":null}
{"index":4,"time":40,"process":1,"type":"info","f":"read","value":null,"error":"net-timeout"}
{"index":5,"time":50,"process":2,"type":"invoke","f":"read","value":null}
{"index":6,"time":60,"process":2,"type":"info","f":"read","value":null,)"
    R"("exception":{"class":"gyre.BadReply","message":"no \"value\""},"error":["crash","two words"]}
)";

TEST_CASE("history.jsonl in full, and back") {
  CHECK(PrintHistory(Sample(), HistoryFormat::kJsonLines) == kSampleJsonLines);
  const absl::StatusOr<History> back = ParseHistory(kSampleJsonLines, HistoryFormat::kJsonLines);
  REQUIRE(back.ok());
  CHECK(back->digest() == Sample().digest());
}

TEST_CASE("history.edn in full, and back") {
  const std::string text = PrintHistory(Sample(), HistoryFormat::kEdn);
  CHECK(text ==
        R"({:index 0, :time 0, :type :info, :process :nemesis, :f :start-partition, :value [:isolated {"n1" #{"n2"}}]}
{:index 1, :time 10, :type :invoke, :process 0, :f :read, :value nil}
{:index 2, :time 20, :type :ok, :process 0, :f :read, :value [1 0.5 "a\tbé" nil], :final? true}
{:index 3, :time 30, :type :invoke, :process 1, :f :read, :value nil}
{:index 4, :time 40, :type :info, :process 1, :f :read, :value nil, :error :net-timeout}
{:index 5, :time 50, :type :invoke, :process 2, :f :read, :value nil}
{:index 6, :time 60, :type :info, :process 2, :f :read, :value nil, )"
        R"(:exception {:via [{:type gyre.BadReply, :message "no \"value\""}], :trace [], :cause "no \"value\""}, )"
        R"(:error [:crash "two words"]}
)");
  const absl::StatusOr<History> back = ParseHistory(text, HistoryFormat::kEdn);
  REQUIRE(back.ok());
  CHECK(back->digest() == Sample().digest());
}

TEST_CASE("history.txt in full") {
  CHECK(PrintHistory(Sample(), HistoryFormat::kText) ==
        ":nemesis\t:info\t:start-partition\t[:isolated {\"n1\" #{\"n2\"}}]\n"
        "0\t:invoke\t:read\tnil\n"
        "0\t:ok\t:read\t[1 0.5 \"a\\tb\xc3\xa9\" nil]\n"
        "1\t:invoke\t:read\tnil\n"
        "1\t:info\t:read\tnil\t:net-timeout\n"
        "2\t:invoke\t:read\tnil\n"
        "2\t:info\t:read\tnil\t[:crash two words]\n");
}

TEST_CASE("forms that others write") {
  struct {
    const char* edn;
    const char* expected;  // in JSON lines, without the header
  } const kRows[] = {
      {"[{:process 4 :type :invoke :f :write :value 2} ; comment\n {:process 4 :type :ok :f :write :value 2}]",
       R"({"index":0,"time":0,"process":4,"type":"invoke","f":"write","value":2}
{"index":1,"time":0,"process":4,"type":"ok","f":"write","value":2}
)"},
      {"#jepsen.history.Op{:index 7, :time 5, :type :ok, :process 1, :f :txn, :value [[:r :x nil]]}",
       R"({"index":0,"time":5,"process":1,"type":"ok","f":"txn","value":[["r","x",null]]}
)"},
      {"{:index 0 :type :invoke :value [[:append 253 1]]}",
       R"({"index":0,"time":0,"process":0,"type":"invoke","f":"","value":[["append",253,1]]}
)"},
      {R"({:process 0, :type :invoke, :f :get, :key "6", :value nil})",
       R"({"index":0,"time":0,"process":0,"type":"invoke","f":"get","value":["6",null]}
)"},
      {"({:process 1 :type :info :f :a :time 9} {:process 2 :type :info :f :a :time 3})",
       R"({"index":0,"time":9,"process":1,"type":"info","f":"a","value":null}
{"index":1,"time":9,"process":2,"type":"info","f":"a","value":null}
)"},
      {"", ""},
  };
  for (const auto& row : kRows) {
    const absl::StatusOr<History> history = ParseHistory(row.edn, HistoryFormat::kEdn);
    REQUIRE_MESSAGE(history.ok(), row.edn);
    CHECK(PrintHistory(*history, HistoryFormat::kJsonLines) == Concat("{\"gyre-history\":1}\n", row.expected));
  }
}

TEST_CASE("errors in full") {
  struct {
    HistoryFormat format;
    const char* text;
    const char* expected;
  } const kRows[] = {
      {HistoryFormat::kJsonLines, "", "line 1: not a history of gyre: it must be {\"gyre-history\":1}"},
      {HistoryFormat::kJsonLines, "{\"index\":0}", "line 1: not a history of gyre: it must be {\"gyre-history\":1}"},
      {HistoryFormat::kJsonLines, "{\"gyre-history\":2}",
       "line 1: the history has format version 2; this gyre reads version 1"},
      {HistoryFormat::kJsonLines, "{\"gyre-history\":1}\n\n{\"type\":",
       "line 3: not valid JSON at byte 8: a missing or misplaced comma, colon, bracket, name or value"},
      {HistoryFormat::kJsonLines, "{\"gyre-history\":1}\n[]", "line 2: an entry must be an object"},
      {HistoryFormat::kJsonLines, "{\"gyre-history\":1}\n{\"type\":\"done\"}",
       "line 2: \"type\" must be \"invoke\", \"ok\", \"fail\" or \"info\""},
      {HistoryFormat::kJsonLines, "{\"gyre-history\":1}\n{\"process\":-1,\"type\":\"ok\"}",
       "line 2: \"process\" must be a number from 0 or \"nemesis\""},
      {HistoryFormat::kJsonLines, "{\"gyre-history\":1}\n{\"time\":0.5,\"type\":\"ok\"}",
       "line 2: \"time\" must be an integer, in nanoseconds"},
      {HistoryFormat::kEdn, "{:type :ok}\n{:type :ok", "not EDN at line 2, column 1: a '{' that is not closed"},
      {HistoryFormat::kEdn, "{:type :ok}\n{:type :done}",
       "line 2, column 1: entry 1: :type must be :invoke, :ok, :fail or :info"},
      {HistoryFormat::kEdn, "[{:type :ok} 7]", "line 1, column 14: entry 1: an entry must be a map"},
      {HistoryFormat::kEdn, "{:process 1.5}",
       "line 1, column 1: entry 0: :process must be a number from 0 or a keyword"},
      {HistoryFormat::kEdn, "{:type :ok :value ##NaN}", "line 1, column 1: entry 0: ##NaN is no JSON number"},
  };
  for (const auto& row : kRows) {
    CHECK(std::string(ParseHistory(row.text, row.format).status().message()) == row.expected);
  }
  CHECK(ReadHistory("/nowhere/history.txt").status().message() ==
        "cannot read /nowhere/history.txt: a history.txt is for people; give history.jsonl or history.edn instead");
  CHECK(ReadHistory("/nowhere/history.edn").status().message() ==
        "cannot open /nowhere/history.edn: No such file or directory");
}

TEST_CASE("files are written and read by their names") {
  char scratch[] = "/tmp/gyre-history-test-XXXXXX";
  REQUIRE(mkdtemp(scratch) != nullptr);
  const std::string directory = scratch;
  const std::vector<std::string> paths = {directory + "/history.jsonl", directory + "/history.edn",
                                          directory + "/history.txt"};
  // A file that is there is an error, and the others are written all the same.
  REQUIRE(WriteHistory(Sample(), {paths[0]}).ok());
  CHECK(WriteHistory(Sample(), paths).message() == Concat("cannot create ", paths[0], ": File exists"));
  for (const std::string& path : paths) CHECK(*ReadFile(path) == PrintHistory(Sample(), FormatOf(path)));
  CHECK(ReadHistory(directory + "/history.jsonl")->digest() == Sample().digest());
  CHECK(ReadHistory(directory + "/history.edn")->digest() == Sample().digest());
  std::filesystem::remove_all(directory);
}

// Files of Jepsen, Knossos and Elle under the build option `data`, in order; empty, and said loudly, where absent.
std::vector<std::string> DataFiles() {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(GYRE_DATA, error);
  if (error) {
    MESSAGE("SKIPPED: no EDN file was read: " GYRE_DATA " is not there (meson configure -Ddata=DIR)");
    return paths;
  }
  for (const auto& file : files) {
    if (file.path().extension() == ".edn") paths.push_back(file.path());
  }
  std::sort(paths.begin(), paths.end());
  CHECK(!paths.empty());
  return paths;
}

TEST_CASE("every EDN file is read; Maelstrom's histories are written again byte for byte") {
  for (const std::string& path : DataFiles()) {
    INFO(path);
    const absl::StatusOr<std::string> text = ReadFile(path);
    REQUIRE(text.ok());
    if (path.ends_with("results.edn")) {
      const absl::StatusOr<Edn> results = ParseEdn(*text);
      REQUIRE(results.ok());
      CHECK(*ParseEdn(PrettyPrint(*results)) == *results);
      // pprint's narrow style, which it takes deep inside, is not ours.
      const bool is_deep = path.find("no-isolation") != std::string::npos;
      if (!is_deep) CHECK(PrettyPrint(*results) == *text);
      continue;
    }
    const absl::StatusOr<History> history = ParseHistory(*text, HistoryFormat::kEdn);
    REQUIRE_MESSAGE(history.ok(), std::string(history.status().message()));
    const std::string lines = PrintHistory(*history, HistoryFormat::kJsonLines);
    CHECK(ParseHistory(lines, HistoryFormat::kJsonLines)->digest() == history->digest());
    if (path.find("/maelstrom/") == std::string::npos) continue;
    // Kafka's assignments carry what we do not keep (:unseen).
    if (path.find("/kafka/") == std::string::npos) CHECK(PrintHistory(*history, HistoryFormat::kEdn) == *text);
    const absl::StatusOr<std::string> plain = ReadFile(path.substr(0, path.size() - 3) + "txt");
    if (plain.ok()) CHECK(PrintHistory(*history, HistoryFormat::kText) == *plain);
  }
}

}  // namespace
}  // namespace gyre
