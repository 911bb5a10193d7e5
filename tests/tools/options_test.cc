#include "tools/options.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "checkers/consistency_models.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tests/tools/golden.h"
#include "tools/run/registry.h"

namespace gyre {
namespace {

// What Maelstrom 0.2.4 takes: test-opt-spec and opt-spec of its core.clj, and test-opt-spec of Jepsen's cli.clj.
constexpr const char* kMaelstrom[] = {"availability",
                                      "bin",
                                      "concurrency",
                                      "consistency-models",
                                      "help",
                                      "key-count",
                                      "latency",
                                      "latency-dist",
                                      "leave-db-running",
                                      "log-net-recv",
                                      "log-net-send",
                                      "log-stderr",
                                      "logging-json",
                                      "max-txn-length",
                                      "max-writes-per-key",
                                      "nemesis",
                                      "nemesis-interval",
                                      "no-ssh",
                                      "node",
                                      "node-count",
                                      "nodes",
                                      "nodes-file",
                                      "password",
                                      "rate",
                                      "ssh-private-key",
                                      "strict-host-key-checking",
                                      "test-count",
                                      "time-limit",
                                      "topology",
                                      "username",
                                      "workload"};

std::vector<const Option*> Of(unsigned set) {
  std::vector<const Option*> options;
  for (const Option& option : Options()) {
    if ((option.commands & set) != 0) options.push_back(&option);
  }
  return options;
}

// The message of a command line that is refused; "ok" when it is not.
std::string Refusal(const Words& words) {
  absl::StatusOr<CommandLine> line = ParseCommandLine("test", kTest, words);
  if (!line.ok()) return std::string(line.status().message());
  const absl::Status status = ResolveRun(&*line);
  return status.ok() ? "ok" : std::string(status.message());
}

CommandLine Parsed(Words words) {
  words.insert(words.begin(), {"-w", "echo", "--bin", "/bin/cat"});
  absl::StatusOr<CommandLine> line = ParseCommandLine("test", kTest, words);
  REQUIRE_MESSAGE(line.ok(), std::string(line.status().message()));
  const absl::Status status = ResolveRun(&*line);
  REQUIRE_MESSAGE(status.ok(), std::string(status.message()));
  return *line;
}

TEST_CASE("every option of Maelstrom is taken under its name") {
  for (const char* name : kMaelstrom) {
    CAPTURE(name);
    const std::vector<const Option*> options = Of(kTest);
    CHECK(std::any_of(options.begin(), options.end(), [&](const Option* o) { return std::string(name) == o->name; }));
  }
}

TEST_CASE("the table is in order, and an option stands in help when it does something") {
  const Option* before = nullptr;
  for (const Option& option : Options()) {
    if (before != nullptr) CHECK(std::string(before->name) <= option.name);
    before = &option;
    const bool works =
        !std::holds_alternative<RefusedField>(option.field) && !std::holds_alternative<IdleField>(option.field);
    CHECK_MESSAGE(works == (option.help[0] != '\0'), option.name);
    // Nothing of a run's identity is left to ambient defaults.
    CHECK_MESSAGE((!option.recorded || (option.commands & kTest) != 0), option.name);
  }
}

TEST_CASE("help fits a screen") {
  std::vector<std::string> pages = {WorkloadOptionsHelp("sweep", kSweep, "txn-list-append"),
                                    PageHelp(HelpPage::kLimits), PageHelp(HelpPage::kReports),
                                    PageHelp(HelpPage::kSweeps)};
  for (const unsigned set : {kTest, kSweep, kReplay, kJournal, kPlot}) pages.push_back(OptionsHelp(set));
  for (const std::string& help : pages) {
    CHECK(std::count(help.begin(), help.end(), '\n') <= 44);
    for (const absl::string_view line : absl::StrSplit(help, '\n')) CHECK_MESSAGE(line.size() <= 100, ToStd(line));
  }
}

TEST_CASE("defaults are Maelstrom's") {
  const RunConfig run = Parsed({}).run;
  CHECK(run.nodes == std::vector<std::string>{"n1", "n2", "n3", "n4", "n5"});
  CHECK(run.concurrency == 5);
  CHECK(run.time_limit == Seconds(60));
  CHECK(run.rate.num == 5 * run.rate.den);
  CHECK(run.network.latency == Duration());
  CHECK(run.network.distribution == LatencyDistribution::kConstant);
  CHECK(run.topology == "grid");
  CHECK(run.availability.empty());
  CHECK(run.txn.key_count == 0);
  CHECK(run.txn.max_length == 4);
  CHECK(run.txn.max_writes_per_key == 16);
  CHECK(run.txn.key_dist == "exponential");
  CHECK(run.txn.key_dist_base == 2);
  // And ours.
  CHECK(run.network.jitter == Milliseconds(1));
  CHECK(run.service_time == Microseconds(50));
}

TEST_CASE("what the options set") {
  CHECK(Parsed({"--node-count", "3"}).run.nodes == std::vector<std::string>{"n0", "n1", "n2"});
  CHECK(Parsed({"--nodes", "a,b, c"}).run.nodes == std::vector<std::string>{"a", "b", "c"});
  CHECK(Parsed({"-n", "a", "--node", "b"}).run.nodes == std::vector<std::string>{"a", "b"});
  CHECK(Parsed({"--nodes", "a,b", "--node-count", "1"}).run.nodes == std::vector<std::string>{"n0"});
  CHECK(Parsed({"--concurrency", "4n"}).run.concurrency == 20);
  CHECK(Parsed({"--concurrency", "3"}).run.concurrency == 3);
  CHECK(Parsed({"--concurrency=2n", "--node-count=3"}).run.concurrency == 6);
  CHECK(Parsed({"--latency", "12.5"}).run.network.latency == Microseconds(12500));
  CHECK(Parsed({"--rate", "0.1"}).run.rate.den == 10);
  CHECK(Parsed({"--latency-dist", "exponential"}).run.network.distribution == LatencyDistribution::kExponential);
  CHECK(Parsed({"--p-loss", "0.05"}).run.network.loss.num == 5);
  CHECK(Parsed({"--rate", "1", "--rate", "2"}).run.rate.num == 2);
  CHECK(Parsed({"--seed", "18446744073709551615"}).run.seed == UINT64_MAX);
  CHECK(Parsed({"--max-line", "1"}).run.max_line_bytes == 1u << 20);
  CHECK(Parsed({"--availability", "total"}).run.availability == "total");
  CHECK(Parsed({"--json"}).test.json);
  CHECK(Parsed({"--key-count", "12"}).run.txn.key_count == 12);
  CHECK(Parsed({"--key-dist", "uniform"}).run.txn.key_dist == "uniform");
  CHECK(Parsed({"--key-dist-base", "3"}).run.txn.key_dist_base == 3);
  CHECK(Parsed({"--max-txn-length", "1"}).run.txn.max_length == 1);
  CHECK(Parsed({"--max-writes-per-key", "100"}).run.txn.max_writes_per_key == 100);
  CHECK(Parsed({}).run.bin == "/bin/cat");
}

TEST_CASE("words after -- are the program's, whatever they look like") {
  absl::StatusOr<CommandLine> line =
      ParseCommandLine("test", kTest, {"-w", "echo", "--bin", "/bin/cat", "--", "--seed", "x", "--", "-h"});
  REQUIRE(line.ok());
  CHECK(line->run.args == std::vector<std::string>{"--seed", "x", "--", "-h"});
  CHECK_FALSE(line->help);
}

TEST_CASE("options of other workloads change nothing, and say so") {
  const CommandLine line = Parsed({"--key-count", "4", "--topology", "line", "--no-ssh"});
  CHECK(line.notes == std::vector<std::string>{
                          "--no-ssh changes nothing here: gyre never uses ssh.",
                          "--key-count changes nothing here: it belongs to the workloads kafka, txn-list-append, "
                          "txn-rw-register.",
                          "--topology changes nothing here: it belongs to the workload broadcast."});
  CHECK(Parsed({"-w", "broadcast", "--topology", "line"}).notes.empty());
}

TEST_CASE("options of faults that are not asked for change nothing, and say so") {
  const Words both = {"--partition-kinds", "one", "--restart-files", "wiped"};
  CHECK(Parsed(both).notes ==
        std::vector<std::string>{"--partition-kinds changes nothing here: it belongs to --nemesis partition.",
                                 "--restart-files changes nothing here: it belongs to --nemesis kill."});
  Words asked = both;
  asked.insert(asked.end(), {"--nemesis", "partition,kill", "--nemesis-interval", "1ms"});
  CHECK(Parsed(asked).notes.empty());
}

TEST_CASE("consistency models by name") {
  using Names = std::vector<std::string>;
  const auto models = [](const char* given) {
    return Parsed({"--consistency-models", given}).run.consistency_models;
  };
  CHECK(Parsed({}).run.consistency_models == Names{"strict-serializable"});
  CHECK(models("serializable") == Names{"serializable"});
  CHECK(models("read-committed,PL-2.99, causal ,1SR") == Names{"read-committed", "PL-2.99", "causal", "1SR"});
  for (const std::string_view name : ConsistencyModelNames()) CHECK(models(name.data()) == Names{std::string(name)});
  CHECK(std::is_sorted(ConsistencyModelNames().begin(), ConsistencyModelNames().end()));
}

TEST_CASE("the node's environment is whole and its own") {
  setenv("GYRE_TEST_VARIABLE", "from here", 1);
  setenv("LD_LIBRARY_PATH", "/x", 1);
  const RunConfig run = Parsed({"--env", "B=2=3", "--env", "GYRE_TEST_VARIABLE", "--env", "USER=me"}).run;
  unsetenv("LD_LIBRARY_PATH");
  const std::vector<std::pair<std::string, std::string>> expected = {{"B", "2=3"},
                                                                     {"GYRE_TEST_VARIABLE", "from here"},
                                                                     {"HOME", "/tmp/gyre-node"},
                                                                     {"LANG", "C.UTF-8"},
                                                                     {"LD_LIBRARY_PATH", "/x"},
                                                                     {"PATH", getenv("PATH")},
                                                                     {"TMPDIR", "/tmp/gyre-node"},
                                                                     {"TZ", "UTC"},
                                                                     {"USER", "me"}};
  CHECK(run.env == expected);
}

TEST_CASE("bad command lines, in full text") {
  std::string text;
  const Words with_program = {"-w", "echo", "--bin", "/bin/cat"};
  const std::vector<Words> additions = {
      {"--availability", "most"},
      {"--availability", "1.5"},
      {"--concurrency", "many"},
      {"--concurrency", "0"},
      {"--concurrency", "2000000"},
      {"--consistency-models", "serialisable"},
      {"--consistency-models", "read-committed,strong-session-PL-3"},
      {"--consistency-models", "serializable,"},
      {"--consistency-models", "SI"},
      {"--env", "=x"},
      {"--env", "GYRE_UNSET_VARIABLE"},
      {"--key-count", "0"},
      {"--key-count", "1000001"},
      {"--key-dist", "zipf"},
      {"--key-dist-base", "1"},
      {"--latency", "-1"},
      {"--latency", "1e3"},
      {"--latency-dist", "normal"},
      {"--leave-db-running"},
      {"--logging-json"},
      {"--max-line", "0"},
      {"--max-txn-length", "0"},
      {"--max-txn-length", "10001"},
      {"--max-writes-per-key", "0"},
      {"--nemesis", "kill,melt"},
      {"--nemesis-interval", "soon"},
      {"--nemesis-interval", "999us"},
      {"--node", "c7"},
      {"--node", "lin-kv"},
      {"--node", "a/b"},
      {"--node", "\x1b[2J"},
      {"--node-count", "0"},
      {"--node-count", "200000"},
      {"--nodes", "a,b,a"},
      {"--nodes", "a,,b"},
      {"--nodes-file", "/nonexistent"},
      {"--p-loss", "2"},
      {"--partition-kinds", "one,half"},
      {"--parity", "jepsen"},
      {"--rate"},
      {"--rate", "fast"},
      {"--rate", "0.0000000001"},
      {"--rte", "5"},
      {"--restart-files", "some"},
      {"--seed", "-5"},
      {"--ssh-private-key", "x"},
      {"--test-count", "0"},
      {"--topology", "ring"},
      {"--username", "root"},
      {"--what-is-this"},
      {"stray"},
      {"-x"},
  };
  for (const Words& addition : additions) {
    Words words = with_program;
    words.insert(words.end(), addition.begin(), addition.end());
    text += "$ gyre test ...";
    for (const std::string& word : addition) text += " " + EscapeForTerminal(ShellWord(word));
    text += "\n" + Refusal(words) + "\n\n";
  }
  CheckGolden("bad-options.txt", text);
}

TEST_CASE("programs and workloads that are not there, in full text") {
  const TemporaryDirectory directory;
  REQUIRE(WriteFileAtomically(directory.path() + "/plain", "text").ok());
  const std::string text = Concat(Refusal({}), "\n", Refusal({"-w", "lin-kv"}), "\n", Refusal({"-w", "ekko"}), "\n",
                                  Refusal({"-w", "echo"}), "\n", Refusal({"-w", "echo", "--bin", "/nonexistent/node"}),
                                  "\n", Refusal({"-w", "echo", "--bin", "/usr"}), "\n");
  CheckGolden("bad-programs.txt", text);
  CHECK(absl::StrContains(Refusal({"-w", "echo", "--bin", directory.path() + "/plain"}), "not executable"));
  const std::string nowhere = Refusal({"-w", "echo", "--bin", "gyre-no-such-program"});
  CHECK_MESSAGE(absl::StrContains(nowhere, "PATH"), nowhere);
}

TEST_CASE("run.json's config reads back equal") {
  CommandLine line = Parsed({"--latency",
                             "0.5",
                             "--latency-dist",
                             "uniform",
                             "--rate",
                             "12.5",
                             "--nodes",
                             "a,b",
                             "--concurrency",
                             "3n",
                             "--availability",
                             "0.9",
                             "--nemesis",
                             "pause,kill,partition,kill",
                             "--restart-files",
                             "either",
                             "--nemesis-interval",
                             "2.5",
                             "--partition-kinds",
                             "one,bridge",
                             "--p-loss",
                             "0.01",
                             "--seed",
                             "18446744073709551615",
                             "--env",
                             "X=a,b=c",
                             "--parity",
                             "maelstrom",
                             "--max-files",
                             "7",
                             "--service-time",
                             "70us",
                             "--topology",
                             "total",
                             "--consistency-models",
                             "read-atomic,PL-2.99",
                             "--key-count",
                             "7",
                             "--key-dist",
                             "uniform",
                             "--max-txn-length",
                             "9",
                             "--",
                             "one",
                             "two words",
                             "--three"});
  line.run.faults = FaultsOf(line.run);
  line.run.overrides.push_back({"delay", "00000000000000ff", 77, 12});
  const Json json = ConfigToJson(line.run);
  const absl::StatusOr<RunConfig> again = ConfigFromJson(*ParseJson(json.Dump()));
  REQUIRE_MESSAGE(again.ok(), std::string(again.status().message()));
  CHECK(ConfigToJson(*again).Dump() == json.Dump());
  CHECK(again->args == line.run.args);
  CHECK(again->env == line.run.env);
  CHECK(again->nodes == line.run.nodes);
  CHECK(again->concurrency == 6);
  CHECK(again->nemesis.faults == std::vector<std::string>{"kill", "partition", "pause"});
  CHECK(again->nemesis.restart_files == "either");
  CHECK(again->nemesis.interval == Milliseconds(2500));
  CHECK(again->nemesis.partition_kinds == std::vector<std::string>{"one", "bridge"});
  CHECK(again->faults.size() > 10);
  CHECK(again->faults == line.run.faults);
  CHECK(again->seed == UINT64_MAX);
  CHECK(again->network.latency == Microseconds(500));
  CHECK(again->consistency_models == std::vector<std::string>{"read-atomic", "PL-2.99"});
  CHECK(again->txn.key_count == 7);
  CHECK(again->txn.key_dist == "uniform");
  CHECK(again->txn.max_length == 9);
  REQUIRE(again->overrides.size() == 1);
  CHECK(again->overrides[0].value == 77);
}

TEST_CASE("a config that lacks an option has its default, but for what no run can do without") {
  const RunConfig run = Parsed({"--rate", "7", "--node-count", "2", "--seed", "3"}).run;
  const Json whole = ConfigToJson(run);
  const Json defaults = ConfigToJson(RunConfig());
  for (const auto& [name, value] : whole.AsObject()) {
    CAPTURE(name);
    Json part{Json::Object{}};
    for (const auto& [other, kept] : whole.AsObject()) {
      if (other != name) part.Set(other, kept);
    }
    const absl::StatusOr<RunConfig> config = ConfigFromJson(part);
    if (name == "bin" || name == "seed" || name == "workload") {
      CHECK(std::string(config.status().message()) == Concat("the config of run.json lacks '", name, "'"));
      continue;
    }
    REQUIRE(config.ok());
    Json expected = whole;
    expected.Set(name, *defaults.Find(name));
    CHECK(ConfigToJson(*config).Dump() == expected.Dump());
  }
}

TEST_CASE("a config with something wrong is refused, and says where") {
  const Json whole = ConfigToJson(Parsed({}).run);
  const auto refusal = [&](const char* name, Json value) {
    Json wrong = whole;
    wrong.Set(name, std::move(value));
    return std::string(ConfigFromJson(wrong).status().message());
  };
  CHECK(refusal("rate", "fast") == "the config of run.json has a wrong 'rate': 'fast' is not a decimal number");
  CHECK(refusal("ratio", "1") == "the config of run.json has 'ratio', which this gyre does not know");
  CHECK(refusal("store", "x") == "the config of run.json has 'store', which this gyre does not know");
}

TEST_CASE("the shell line of a run gives the same run") {
  const CommandLine line =
      Parsed({"--latency", "10", "--node-count", "2", "--env", "X=a b", "--seed", "7", "--consistency-models",
              "serializable,causal", "--key-dist", "uniform", "--", "-v", "it's"});
  const std::string command = ShellCommand(line.run);
  CHECK(command ==
        "gyre test -w echo --bin /bin/cat --concurrency 2 --consistency-models serializable,causal --key-dist uniform "
        "--latency 10 --nodes n0,n1 --env 'X=a b' --seed 7 -- -v "
        "'it'\\''s'");
}

TEST_CASE("README.md has the table of options") {
  const absl::StatusOr<std::string> readme = ReadFile(SourceRoot() + "/tools/README.md");
  REQUIRE(readme.ok());
  CHECK_MESSAGE(absl::StrContains(*readme, OptionsDocument()), "tools/README.md should have:\n", OptionsDocument());
}

}  // namespace
}  // namespace gyre
