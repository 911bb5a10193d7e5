#include "tools/results.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/tools/golden.h"
#include "tools/doctor.h"
#include "tools/progress.h"

namespace gyre {
namespace {

RunConfig Config() {
  RunConfig config;
  config.seed = 42;
  config.workload = "broadcast";
  config.bin = "/opt/flood";
  config.time_limit = Seconds(20);
  config.rate = {100, 1};
  return config;
}

Op MakeOp(uint32_t index, OpType type) {
  Op op;
  op.index = OpIndex(index);
  op.type = type;
  op.f = "read";
  op.time = Instant(index);
  return op;
}

RunResult Result(Validity valid) {
  RunResult result;
  result.valid = valid;
  result.simulation.history =
      *History::Make({MakeOp(0, OpType::kInvoke), MakeOp(1, OpType::kOk), MakeOp(2, OpType::kInvoke),
                      MakeOp(3, OpType::kFail), MakeOp(4, OpType::kInvoke), MakeOp(5, OpType::kInfo)});
  result.simulation.end = Instant() + Milliseconds(30250);
  result.simulation.net.all = {60, 58, 60};
  result.simulation.net.servers = {40, 39, 40};
  result.simulation.digest = {0x0123456789abcdef, 0xfedcba9876543210};
  result.call_digest = "00000000000000000000000000000001";
  result.wall_seconds = 1.25;
  result.results = Json::ObjectOf(
      {{"workload",
        Json::ObjectOf({{"valid?", true}, {"attempt-count", 3}, {"lost-count", 0}, {"lost", Json::Array{}}})}});
  return result;
}

std::string Shown(const RunResult& result, std::string store, bool colour = false) {
  RunSummary summary = Summarize(Config(), result);
  summary.store = std::move(store);
  return FormatResults(Config(), result, summary, Comparison(), colour);
}

TEST_CASE("results of a valid run") {
  CheckGolden("results-valid.txt",
              FormatStart(Config()) + Shown(Result(Validity::kValid), "store/broadcast/20300101T120000-42-abcdef"));
}

TEST_CASE("results of an invalid run: what to look at first") {
  RunResult result = Result(Validity::kInvalid);
  result.anomalies = {{"lost", "Element 5 was acknowledged by n1\nbut n2 never had it.", Json()},
                      {"lost", "Element 6", Json()},
                      {"stale", "Element 7 \x1b[31m", Json()},
                      {"stale", "Element 8", Json()}};
  result.simulation.findings = {
      {Instant() + Milliseconds(1), "n2", "refused-call", "socket() was refused", false},
      {Instant() + Milliseconds(5), "n1", "exit", "exited with status 3; its last lines:\n  boom", true}};
  CheckGolden("results-invalid.txt", Shown(result, ""));
}

TEST_CASE("results on a terminal: the verdict, what to look at first, and where to look") {
  RunResult result = Result(Validity::kInvalid);
  result.anomalies = {{"lost\x1b[2J", "Element 5 \x1b[31m", Json()}};
  const std::string plain = Shown(result, "store/x\x1b]0;title\x07");
  CHECK(plain.find('\x1b') == std::string::npos);
  const std::string shown = Shown(result, "store/x\x1b]0;title\x07", true);
  const std::string_view parts[] = {"\n\x1b[1;38;5;199mINVALID\x1b[0m  broadcast\n",
                                    "\x1b[1mLook at this first:\x1b[0m\n",
                                    "  \x1b[1;38;5;199mlost\\x1b[2J\x1b[0m: Element 5 \\x1b[31m\n",
                                    "Everything is in \x1b[1m'store/x\\x1b]0;title\\x07'\x1b[0m: "};
  for (const std::string_view part : parts) CHECK_MESSAGE(shown.find(part) != std::string::npos, std::string(part));
  CHECK(Shown(Result(Validity::kValid), "", true).find("\x1b[1;38;5;33mVALID\x1b[0m") == 1);
  CHECK(Shown(Result(Validity::kUnknown), "", true).find("\x1b[1;38;5;208mUNKNOWN\x1b[0m") == 1);
}

TEST_CASE("the picture of the first anomaly that has one is named") {
  const Json cycle = Json::ObjectOf({{"cycle", Json::Array{1, 3, 1}}});
  RunResult result = Result(Validity::kInvalid);
  result.anomalies = {{"internal", "T1 read what it did not write", Json()},
                      {"G-single item", "T1 < T2, but T2 < T1", cycle},
                      {"G-single item", "T2 < T3, but T3 < T2", cycle}};
  const std::string shown = Shown(result, "my store/x");
  CHECK(shown.find("\nPicture: 'my store/x/anomalies/G-single-item-1.svg'\nEvery message: ") != std::string::npos);
  result.anomalies.resize(1);
  CHECK(Shown(result, "my store/x").find("Picture") == std::string::npos);
}

TEST_CASE("results of a run that was cut short") {
  RunResult result = Result(Validity::kUnknown);
  result.simulation.reason = EndReason::kStuck;
  result.simulation.end_text = "node n1, thread 2, computed for 10 s at virtual time 1.500s";
  CheckGolden("results-stuck.txt", Shown(result, "store/x"));
}

TEST_CASE("the summary names what to look at first") {
  RunResult result = Result(Validity::kInvalid);
  result.simulation.findings = {{Instant(), "n1", "exit", "exited with status 3;\nlast lines", true}};
  RunSummary summary = Summarize(Config(), result);
  CHECK(summary.anomaly == "exit");
  CHECK(summary.text == "n1: exited with status 3;");
  CHECK(summary.operations == 3);
  result.anomalies = {{"lost", "Element 5", Json()}};
  summary = Summarize(Config(), result);
  CHECK(summary.anomaly == "lost");
  CHECK(SummaryFromJson(ToJson(summary)).ok());
  CHECK(ToJson(*SummaryFromJson(ToJson(summary))).Dump() == ToJson(summary).Dump());
  CHECK(ToJson(summary).Dump() ==
        R"({"valid":false,"seed":42,"grade":"exact","digest":"0123456789abcdeffedcba9876543210",)"
        R"("call_digest":"00000000000000000000000000000001","virtual_s":30.25,"wall_s":1.25,"operations":3,)"
        R"("messages":60,"store":null,"reason":"completed","leak":null,"doublecheck":null,"site":null,)"
        R"("anomaly":"lost",)"
        R"("text":"Element 5"})");
  summary.coverage = {{{"init", "read"}}, {"loss"}};
  CHECK(SummaryFromJson(ToJsonWithCoverage(summary))->coverage == summary.coverage);
  CHECK(SummaryFromJson(ToJson(summary))->coverage == Coverage());
  CHECK(ToJsonWithCoverage(summary).Dump().ends_with(
      R"("text":"Element 5","coverage":{"types":["init","read"],"next":[[1],[]],"faults":["loss"]}})"));
  Json damaged = ToJson(summary);
  damaged.Set("coverage", 7);
  CHECK(SummaryFromJson(damaged).status().message() == "its \"coverage\" is none");
  RunResult unknown = Result(Validity::kUnknown);
  unknown.results = Json::ObjectOf({{"workload", Json::ObjectOf({{"error", "no poll was answered"}})}});
  CHECK(Summarize(Config(), unknown).anomaly == "unknown");
  CHECK(Summarize(Config(), unknown).text == "no poll was answered");
  result.simulation.reason = EndReason::kInterrupted;
  CHECK(StatusOf(Summarize(Config(), result)) == ExitStatus::kInterrupted);
}

TEST_CASE("whether a failure was shown by what was asked at the end") {
  RunResult result = Result(Validity::kInvalid);
  RunConfig config = Config();
  const History& history = result.simulation.history;
  const int64_t read = static_cast<int64_t>(history.size()) - 2;
  REQUIRE(history[read].type == OpType::kInvoke);
  result.anomalies = {{"lost", "Element 5", Json::ObjectOf({{"missed-by", Json::Array{read, read + 1}}})}};
  config.time_limit = Duration(history[read].time.ns());
  CHECK(Summarize(config, result).at_end);
  config.time_limit = config.time_limit + Nanoseconds(1);
  CHECK(!Summarize(config, result).at_end);
  config.time_limit = Duration();
  result.anomalies[0].witness = Json::ObjectOf({{"element", read}});
  CHECK(!Summarize(config, result).at_end);
}

TEST_CASE("a crash's site is how it ended and what it said last, without numbers") {
  struct Row {
    const char* kind;
    const char* text;
    const char* site;
  };
  const Row rows[] = {
      {"exit", "n1 ended with exit 3 at 1.5s: a node.\n  last lines on stderr:\n  at line 17\n", "exit 3: at line #"},
      {"exit", "n1 ended with exit 3 at 1.5s: a node.\nlast lines on stderr:\nTraceback\n  KeyError: 12 0x7f\n",
       "exit 3: KeyError: # #x#f"},
      {"signal", "n4 ended with signal 11 (SIGSEGV) at 2s: a node must run.\nlast lines on stdout:\n{}\n",
       "signal 11 (SIGSEGV)"},
      {"bad-line", "n1 ended with exit 3 at 1.5s", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    RunResult result = Result(Validity::kInvalid);
    result.simulation.findings = {{Instant(), "n1", row.kind, row.text, true}};
    CHECK(Summarize(Config(), result).site == row.site);
    // What a checker found comes first, wherever a node crashed.
    result.anomalies = {{"lost", "Element 5", Json()}};
    CHECK(Summarize(Config(), result).site.empty());
  }
}

TEST_CASE("what a doublecheck says") {
  RunSummary summary;
  Comparison comparison;
  CHECK(FormatDoublecheck(summary, comparison).empty());
  summary.doublecheck = "equal";
  CHECK(FormatDoublecheck(summary, comparison) ==
        "Doublecheck: a second run, made differently on purpose, did exactly the same.\n");
}

TEST_CASE("node by node: whose system calls differ") {
  ComparedRun a{"first", {}, {{"n1", "aa", 1, 2}, {"n2", "bb", 1, 5}}, ""};
  a.summary.digest = "dd";
  a.summary.call_digest = "x";
  ComparedRun b = a;
  b.label = "second";
  CHECK(Compare(a, b).text.empty());
  b.summary.call_digest = "y";
  b.nodes[1] = {"n2", "cc", 1, 6};
  CHECK(Compare(a, b).digest_equal);
  CHECK(Compare(a, b).text ==
        "The first node whose system calls differ is n2:\n  first     bb, 5 calls\n  second    cc, 6 calls\n");
  b.summary.digest.clear();
  b.summary.reason = "stuck";
  CHECK_FALSE(Compare(a, b).comparable);
  CHECK(Compare(a, b).text == "The second run has no digest, since it was cut short (stuck): nothing is compared.\n");
}

TEST_CASE("the progress line") {
  CHECK(FormatProgress({Instant() + Milliseconds(12500), 321, 1500}, 0.5) ==
        "virtual 12.5s   321 operations   1500 messages   25.0x real time");
}

TEST_CASE("what a machine allows, as doctor prints it") {
  CheckGolden("doctor.txt", FormatCapabilities({{"ptrace", true, "runs nodes under control", "", ""},
                                                {"pid namespace", false, "unshare: Operation not permitted",
                                                 "thread ids are made up, the run is graded leaky",
                                                 "docker run --security-opt seccomp=unconfined"}}));
}

}  // namespace
}  // namespace gyre
