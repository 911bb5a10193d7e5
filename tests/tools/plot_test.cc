// Pictures of a stored run: what is in them, what is left out and said, and that nothing a node printed is more than
// text.
#include <doctest/doctest.h>

#include <utility>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/history_files.h"
#include "sim/history/journal.h"
#include "tests/tools/golden.h"
#include "tools/plot/calls.h"
#include "tools/plot/chart.h"
#include "tools/plot/performance.h"
#include "tools/plot/plots.h"
#include "tools/plot/timeline.h"
#include "tools/plot/witness_picture.h"

namespace gyre {
namespace {

// Lines of history.jsonl without their index.
History Parsed(const std::vector<std::string>& lines) {
  std::string text = "{\"gyre-history\":1}\n";
  for (const std::string& line : lines) text += Concat("{", line, "}\n");
  const absl::StatusOr<History> history = ParseHistory(text, HistoryFormat::kJsonLines);
  REQUIRE_MESSAGE(history.ok(), std::string(history.status().message()));
  return *history;
}

std::string Line(int64_t ms, std::string_view process, std::string_view type, std::string_view f,
                 std::string_view value) {
  return Concat("\"time\":", ms * 1'000'000, ",\"process\":", process, ",\"type\":\"", type, "\",\"f\":\"", f,
                "\",\"value\":", value);
}

// Three calls of two processes, one of them never answered, and a partition from 10 ms to 30 ms.
History Small() {
  return Parsed({Line(0, "0", "invoke", "write", "[0,3]"), Line(5, "1", "invoke", "read", "[0,null]"),
                 Line(10, "\"nemesis\"", "info", "start-partition", "\"one\""),
                 Line(10, "\"nemesis\"", "info", "start-partition", R"(["isolated",{"n1":["n2"]}])"),
                 Line(12, "0", "ok", "write", "[0,3]"), Line(30, "\"nemesis\"", "info", "stop-partition", "null"),
                 Line(30, "\"nemesis\"", "info", "stop-partition", "\"network-healed\""),
                 Line(40, "1", "info", "read", "[0,null]"), Line(41, "2", "invoke", "read", "[0,null]"),
                 Line(50, "0", "invoke", "write", "[0,4]"), Line(2000, "0", "fail", "write", "[0,4]")});
}

size_t CountOf(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST_CASE("calls and fault windows") {
  const std::vector<Call> calls = CallsOf(Small());
  REQUIRE(calls.size() == 4);
  CHECK(calls[0].f == "write");
  CHECK(ToString(calls[0].to) == "0.012s");
  CHECK(calls[1].type == OpType::kInfo);
  CHECK(calls[2].completion == History::kNone);
  CHECK(ToString(calls[2].to) == "2.000s");
  CHECK(calls[3].type == OpType::kFail);
  const std::vector<FaultWindow> faults = FaultWindowsOf(Small());
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].name == "partition");
  CHECK(ToString(faults[0].from) == "0.010s");
  CHECK(ToString(faults[0].to) == "0.030s");
  CHECK(FaultWindowsOf(Parsed({Line(1, "\"nemesis\"", "info", "kill", "null"), Line(9, "0", "invoke", "r", "1")}))[0]
            .to == Instant() + Milliseconds(9));
  CHECK(CallsOf(History()).empty());
}

TEST_CASE("round numbers of axes") {
  const std::pair<double, double> rows[] = {{0.011, 0.02}, {1, 1},    {1.1, 2},
                                             {2.5, 5},      {5.1, 10}, {5000, 5000}};
  for (const auto& [value, rounded] : rows) CHECK(RoundUp(value) == doctest::Approx(rounded));
}

TEST_CASE("latency and rate, whole") {
  CheckGolden("latency-raw.svg", LatencyRaw(Small()));
  CheckGolden("latency-quantiles.svg", LatencyQuantiles(Small()));
  CheckGolden("rate.svg", Rate(Small()));
}

TEST_CASE("nothing happened: pictures without points") {
  for (const std::string& picture : {LatencyRaw(History()), LatencyQuantiles(History()), Rate(History())}) {
    CHECK(picture.find("<circle") == std::string::npos);
    CHECK(picture.find("</svg>") != std::string::npos);
    CHECK(picture.find("nan") == std::string::npos);
  }
  CHECK(Timeline(History(), 10).find("class=\"call") == std::string::npos);
}

TEST_CASE("of very many calls a share is drawn, and said") {
  std::vector<std::string> lines;
  for (int i = 0; i < 20'001; ++i) {
    lines.push_back(Line(2 * i, "0", "invoke", "read", "1"));
    lines.push_back(Line(2 * i + 1, "0", "ok", "read", "1"));
  }
  const std::string picture = LatencyRaw(Parsed(lines));
  CHECK(CountOf(picture, "<circle") == 10'001);
  CHECK(picture.find("1 of 2 is drawn") != std::string::npos);
}

TEST_CASE("a timeline: a box for each call, in the column of its thread") {
  const std::string page = Timeline(Small(), 100);
  CHECK(CountOf(page, "<div class=\"call") == 4);
  CHECK(CountOf(page, "<div class=\"thread\"") == 2);  // process 2 took over from process 1, which crashed
  CHECK(page.find("title=\"op 0, process 0: write [0,3]&#10;0.000s to 0.012s, took 0.012s&#10;ok [0,3]\"") !=
        std::string::npos);
  CHECK(CountOf(page, "class=\"fault\"") == 1);
  const std::string part = Timeline(Small(), 2);
  CHECK(CountOf(part, "<div class=\"call") == 2);
  CHECK(part.find("The first 2 of 4 calls; the others are in history.txt.") != std::string::npos);
}

std::string Witness(const History& history, std::string_view witness) {
  const Anomaly anomaly{"<lost>", "", *ParseJson(witness)};
  REQUIRE(NamesOperations(anomaly));
  return WitnessPicture(history, anomaly);
}

TEST_CASE("an anomaly's operations as lanes, the one in question marked") {
  const std::string lanes = Witness(Small(), R"({"op":[1,7],"operations":[[0,4],[1,7],[8],[9,10]]})");
  CHECK(CountOf(lanes, "<rect class=\"marked") == 1);
  CHECK(CountOf(lanes, "<rect class=\"bar") == 2);
  CHECK(CountOf(lanes, "<rect class=\"failbar") == 1);
  CHECK(CountOf(lanes, ">process ") == 3);
  CHECK(lanes.find("&lt;lost&gt;") != std::string::npos);
  CHECK_FALSE(NamesOperations({"x", "", *ParseJson(R"({"cycle":[[0,1]]})")}));
  CHECK_FALSE(NamesOperations({"x", "", Json()}));
  // Positions that are not of the history, whoever wrote them.
  CHECK(CountOf(Witness(Small(), R"({"op":[-1,99],"ops":["x",[1e3]],"read":{}})"), "<rect class=\"marked") == 0);
}

TEST_CASE("the life of an element: which reads returned it") {
  const History history = Parsed({Line(0, "0", "invoke", "add", "5"), Line(1, "0", "ok", "add", "5"),
                                  Line(2, "1", "invoke", "read", "null"), Line(3, "1", "ok", "read", "[5]"),
                                  Line(4, "1", "invoke", "read", "null"), Line(5, "1", "ok", "read", "[4]"),
                                  Line(6, "1", "invoke", "read", "null"), Line(7, "1", "ok", "read", "[]")});
  const std::string life = Witness(history, R"({"element":5,"add":[0,1],"missed-by":[4,5],"last-present":[2,3]})");
  CHECK(CountOf(life, "<circle class=\"has\"") == 1 + 1);    // and the legend's
  CHECK(CountOf(life, "<circle class=\"lacks\"") == 2 + 1);
  CHECK(CountOf(life, "<rect class=\"marked\"") == 1);
}

TEST_CASE("a log's offsets: who sent what, and how often it was polled") {
  const History history = Parsed({Line(0, "0", "invoke", "send", R"([["send","k",3]])"),
                                  Line(1, "0", "ok", "send", R"([["send","k",[7,3]]])"),
                                  Line(2, "1", "invoke", "poll", R"([["poll"]])"),
                                  Line(3, "1", "ok", "poll", R"([["poll",{"k":[[7,3],[8,4]]}]])")});
  const std::string log = Witness(history, R"({"key":"k","value":4,"ops":[[2,3]]})");
  for (const char* part : {">7<", ">3<", ">op 1<", ">1 times<", ">8<", ">not known<", ">  &lt;- this one<"}) {
    CHECK_MESSAGE(log.find(part) != std::string::npos, part);
  }
}

TEST_CASE("what nodes print is text") {
  const std::string evil = R"("</title><script>alert(1)</script>\u001b[2J&\" onload=\"x\n")";
  const History history = Parsed({Line(0, "0", "invoke", "read", "null"), Line(1, "0", "ok", "read", evil)});
  const std::string page = Timeline(history, 9);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("\x1b") == std::string::npos);
  CHECK(page.find("\" onload") == std::string::npos);
  CHECK(page.find("&lt;script&gt;") != std::string::npos);
  CHECK(XmlText("<a b='c' d=\"e\">&\x01\xff\xef\xbf\xbf") ==
        "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(Cut("äöü", 3) == "äöü");
  CHECK(Cut("äöüß", 3) == "äö…");
}

JournalRecord Record(JournalRecord::Kind kind, int64_t ms, uint32_t node, uint32_t peer, uint64_t message,
                     std::string_view text) {
  JournalRecord record;
  record.kind = kind;
  record.time = Instant() + Milliseconds(ms);
  record.node = NodeId(node);
  record.peer = NodeId(peer);
  record.message = MessageId(message);
  record.text = text;
  if (kind == JournalRecord::Kind::kEndpoint && text[0] == 'c') record.role = NodeRole::kClient;
  return record;
}

void WriteJournal(const std::string& path) {
  using Kind = JournalRecord::Kind;
  const absl::StatusOr<std::unique_ptr<JournalWriter>> journal = JournalWriter::Open(path);
  REQUIRE(journal.ok());
  const JournalRecord records[] = {
      Record(Kind::kEndpoint, 0, 0, 0, 0, "n1"),
      Record(Kind::kEndpoint, 0, 1, 0, 0, "n2"),
      Record(Kind::kEndpoint, 0, 2, 0, 0, "c1"),
      Record(Kind::kEndpoint, 0, 3, 0, 0, "silent"),
      Record(Kind::kPhase, 0, 0, 0, 0, "main"),
      Record(Kind::kStart, 0, 0, 0, 0, "0"),
      Record(Kind::kSend, 1, 2, 0, 7, R"({"type":"echo","msg_id":1,"echo":"<b>"})"),
      Record(Kind::kReceive, 2, 0, 2, 7, ""),
      Record(Kind::kSend, 3, 0, 1, 8, R"({"type":"gossip"})"),
      Record(Kind::kFault, 4, 0, 0, 0, R"({"at":4,"f":"start-partition","kind":"one","grudge":{"n2":["n1"]}})"),
      Record(Kind::kDrop, 5, 1, 0, 8, "partition"),
      Record(Kind::kSend, 6, 0, 2, 9, R"({"type":"error","in_reply_to":1,"code":11})"),
      Record(Kind::kDeath, 7, 1, 0, 0, "exit 3"),
      Record(Kind::kSend, 8, 0, 0, 10, "no json \x1b"),
  };
  for (const JournalRecord& record : records) (*journal)->Append(record);
  REQUIRE((*journal)->Close().ok());
}

TEST_CASE("a space-time diagram: whole, a part, and of a torn journal") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal";
  WriteJournal(path);
  const absl::StatusOr<std::string> whole = SpaceTime(path, {});
  REQUIRE(whole.ok());
  CheckGolden("messages.svg", *whole);

  SpaceTimeOptions two;
  two.messages = 2;
  CHECK(CountOf(*SpaceTime(path, two), "class=\"m ") == 2);
  CHECK(SpaceTime(path, two)->find("Only the first 2 messages: `gyre plot --messages N` draws more.") !=
        std::string::npos);
  SpaceTimeOptions late;
  late.from = Instant() + Milliseconds(3);
  late.to = Instant() + Milliseconds(6);
  CHECK(CountOf(*SpaceTime(path, late), "class=\"m ") == 2);

  const std::string bytes = *ReadFile(path);
  const std::string torn = directory.path() + "/torn";
  REQUIRE(WriteFileAtomically(torn, std::string_view(bytes).substr(0, bytes.size() - 3)).ok());
  CHECK(SpaceTime(torn, {})->find("The journal is not whole: ") != std::string::npos);
  CHECK(CountOf(*SpaceTime(torn, {}), "class=\"m ") == 3);
  CHECK_FALSE(SpaceTime(directory.path() + "/none", {}).ok());
}

TEST_CASE("all pictures of a run; without a journal all but one, and an error") {
  const TemporaryDirectory directory;
  CHECK_FALSE(DrawPlots(directory.path(), Small(), {}).ok());
  CHECK(Exists(directory.path() + "/timeline.html"));
  CHECK_FALSE(Exists(directory.path() + "/messages.svg"));
  WriteJournal(directory.path() + "/journal");
  const auto paths = DrawPlots(directory.path(), Small(), {});
  REQUIRE(paths.ok());
  CHECK(paths->size() == 5);
  for (const std::string& path : *paths) CHECK(Exists(path));
}

}  // namespace
}  // namespace gyre
