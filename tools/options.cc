#include "tools/options.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "checkers/consistency_models.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/decimal.h"
#include "tools/spelling.h"
#include "tools/variation.h"

namespace gyre {
namespace {

constexpr Duration kMillisecond = Milliseconds(1);
constexpr Duration kSecond = Seconds(1);

struct Distribution {
  const char* name;
  LatencyDistribution value;
};
constexpr Distribution kDistributions[] = {{"constant", LatencyDistribution::kConstant},
                                           {"exponential", LatencyDistribution::kExponential},
                                           {"uniform", LatencyDistribution::kUniform}};
constexpr const char* kContinuousIntegrations[] = {"github"};
constexpr const char* kKeyDistributions[] = {"exponential", "uniform"};
constexpr const char* kFailedCases[] = {"mismatch", "nothing"};
constexpr const char* kNilReads[] = {"absent", "any"};
constexpr const char* kNotations[] = {"auto", "awdit", "cases", "edn", "gyre", "json", "log", "plume"};
constexpr const char* kParities[] = {"maelstrom"};
constexpr const char* kRestartFiles[] = {"either", "kept", "wiped"};
constexpr const char* kWhoseRules[] = {"maelstrom", "ours"};
constexpr const char* kEngines[] = {"local", "parallel", "slurm"};
constexpr const char* kThreadSchedules[] = {"fifo", "random"};
constexpr const char* kTopologies[] = {"grid", "line", "total", "tree", "tree2", "tree3", "tree4"};

constexpr char kNoMachines[] = "gyre runs all nodes on this machine and logs in nowhere: leave it out";

constexpr const char* kBroadcast[] = {"broadcast"};
constexpr const char* kTransactions[] = {"txn-list-append", "txn-rw-register"};
constexpr const char* kWithKeys[] = {"kafka", "txn-list-append", "txn-rw-register"};
constexpr uint64_t kMostKeys = 1'000'000;     // in use at a time
constexpr uint64_t kLongestTxn = 10'000;      // micro-operations

absl::Status SetAvailability(const std::vector<std::string>& values, CommandLine* line) {
  const std::string& text = values.back();
  if (!text.empty() && text != "total") {
    const absl::StatusOr<Ratio> fraction = ParseDecimal(text);
    if (!fraction.ok() || fraction->num > fraction->den) {
      return absl::InvalidArgumentError(Concat("'", text, "' is neither total nor a fraction from 0 to 1"));
    }
  }
  line->run.availability = text;
  return absl::OkStatus();
}

absl::Status SetConcurrency(const std::vector<std::string>& values, CommandLine* line) {
  std::string_view number = values.back();
  if (!number.empty() && number.back() == 'n') number.remove_suffix(1);
  if (!ParseWhole(number, 1, 1'000'000).ok()) {
    return absl::InvalidArgumentError(
        Concat("'", values.back(), "' is not a number of clients such as 10, or 4n for four for each node"));
  }
  line->concurrency = values.back();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ParseConsistencyModels(const std::vector<std::string>& values) {
  const absl::Span<const std::string_view> known = ConsistencyModelNames();
  std::vector<std::string> chosen;
  for (const std::string& value : values) {
    for (const absl::string_view each : absl::StrSplit(value, ',')) {
      const std::string name(absl::StripAsciiWhitespace(each));
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::vector<std::string> names(known.begin(), known.end());
        const std::vector<std::string> nearest = NearestNames(name, names);
        return absl::InvalidArgumentError(
            nearest.empty() ? Concat("'", name, "' is none of ", absl::StrJoin(names, ", "))
                            : Concat("there is no model '", name, "' (did you mean ", absl::StrJoin(nearest, " or "),
                                     "?)"));
      }
      chosen.push_back(name);
    }
  }
  return chosen;
}

absl::Status SetConsistencyModels(const std::vector<std::string>& values, CommandLine* line) {
  absl::StatusOr<std::vector<std::string>> models = ParseConsistencyModels(values);
  if (models.ok()) line->run.consistency_models = *std::move(models);
  return models.status();
}

absl::Status SetCheckedModels(const std::vector<std::string>& values, CommandLine* line) {
  absl::StatusOr<std::vector<std::string>> models = ParseConsistencyModels(values);
  if (models.ok()) line->check.consistency_models = *std::move(models);
  return models.status();
}

absl::Status SetDistribution(const std::vector<std::string>& values, CommandLine* line) {
  for (const Distribution& each : kDistributions) {
    if (values.back() != each.name) continue;
    line->run.network.distribution = each.value;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(Concat("'", values.back(), "' is none of constant, exponential and uniform"));
}

Json GetDistribution(const RunConfig& config) {
  for (const Distribution& each : kDistributions) {
    if (config.network.distribution == each.value) return Json(each.name);
  }
  CHECK(false);
}

absl::Status SetInitial(const std::vector<std::string>& values, CommandLine* line) {
  line->check.initial = values.back();
  return absl::OkStatus();
}

absl::Status SetKeyCount(const std::vector<std::string>& values, CommandLine* line) {
  const absl::StatusOr<uint64_t> count = ParseWhole(values.back(), 1, kMostKeys);
  if (count.ok()) line->run.txn.key_count = *count;
  return count.status();
}

Json GetKeyCount(const RunConfig& config) {
  return config.txn.key_count == 0 ? Json("") : Json(config.txn.key_count);
}

absl::Status SetNodes(const std::vector<std::string>& values, CommandLine* line) {
  for (const std::string& value : values) {
    for (const absl::string_view name : absl::StrSplit(value, ',')) {
      line->nodes.emplace_back(absl::StripAsciiWhitespace(name));
    }
  }
  return absl::OkStatus();
}

absl::Status SetNodesFile(const std::vector<std::string>& values, CommandLine* line) {
  absl::StatusOr<std::string> text = ReadFile(values.back());
  if (!text.ok()) return text.status();
  for (const absl::string_view name : absl::StrSplit(*text, '\n')) {
    if (!absl::StripAsciiWhitespace(name).empty()) line->nodes.emplace_back(absl::StripAsciiWhitespace(name));
  }
  return absl::OkStatus();
}

// The names in comma-separated `values`, each of `rows`, which have names.
template <typename Row>
absl::StatusOr<std::vector<std::string>> NamesOf(const std::vector<std::string>& values, absl::Span<const Row> rows) {
  std::vector<std::string> chosen, names;
  for (const Row& row : rows) names.emplace_back(row.name);
  for (const std::string& value : values) {
    for (const absl::string_view each : absl::StrSplit(value, ',')) {
      chosen.emplace_back(absl::StripAsciiWhitespace(each));
      if (std::find(names.begin(), names.end(), chosen.back()) != names.end()) continue;
      return absl::InvalidArgumentError(Concat("'", chosen.back(), "' is none of ", absl::StrJoin(names, ", ")));
    }
  }
  return chosen;
}

absl::Status SetNemesis(const std::vector<std::string>& values, CommandLine* line) {
  absl::StatusOr<std::vector<std::string>> faults = NamesOf(values, Nemeses());
  if (!faults.ok()) return faults.status();
  // In one order, so that equal runs have equal records.
  std::sort(faults->begin(), faults->end());
  faults->erase(std::unique(faults->begin(), faults->end()), faults->end());
  line->run.nemesis.faults = *std::move(faults);
  return absl::OkStatus();
}

absl::Status SetPartitionKinds(const std::vector<std::string>& values, CommandLine* line) {
  absl::StatusOr<std::vector<std::string>> kinds = NamesOf(values, PartitionKinds());
  if (kinds.ok()) line->run.nemesis.partition_kinds = *std::move(kinds);
  return kinds.status();
}

absl::Status SetSeed(const std::vector<std::string>& values, CommandLine* line) {
  const absl::StatusOr<uint64_t> seed = ParseWhole(values.back(), 0, UINT64_MAX);
  if (!seed.ok()) return seed.status();
  line->run.seed = *seed;
  line->test.seed_given = true;
  return absl::OkStatus();
}

absl::Status SetSeeds(const std::vector<std::string>& values, CommandLine* line) {
  const std::pair<std::string, std::string> ends = absl::StrSplit(values.back(), absl::MaxSplits('-', 1));
  const absl::StatusOr<uint64_t> first = ParseWhole(ends.first, 0, UINT64_MAX);
  const absl::StatusOr<uint64_t> last = ends.second.empty() ? first : ParseWhole(ends.second, 0, UINT64_MAX);
  if (!first.ok() || !last.ok() || *first > *last) {
    return absl::InvalidArgumentError(Concat("'", values.back(), "' is not a range of seeds such as 1-1000"));
  }
  line->sweep.seeds = SeedRange{*first, *last};
  return absl::OkStatus();
}

absl::Status SetTimeBudget(const std::vector<std::string>& values, CommandLine* line) {
  const absl::StatusOr<Duration> budget = ParseDuration(values.back(), kSecond);
  if (budget.ok()) line->sweep.time_budget = *budget;
  return budget.status();
}

absl::Status SetVary(const std::vector<std::string>& values, CommandLine* line) {
  const std::string text = absl::StrJoin(values, ",");
  const absl::StatusOr<std::vector<OptionRange>> ranges = ParseRanges(text);
  if (ranges.ok()) line->sweep.vary = text;
  return ranges.status();
}

absl::Status SetTo(const std::vector<std::string>& values, CommandLine* line) {
  const absl::StatusOr<Duration> to = ParseDuration(values.back(), kSecond);
  if (to.ok()) line->journal.to = *to;
  return to.status();
}

absl::Status SetPlotTo(const std::vector<std::string>& values, CommandLine* line) {
  const absl::StatusOr<Duration> to = ParseDuration(values.back(), kSecond);
  if (to.ok()) line->plot.to = *to;
  return to.status();
}

absl::Status SetUntil(const std::vector<std::string>& values, CommandLine* line) {
  const absl::StatusOr<Duration> until = ParseDuration(values.back(), kSecond);
  if (until.ok()) line->replay.until = *until;
  return until.status();
}

Json StringArray(const std::vector<std::string>& texts) {
  Json::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

Json GetEnvironment(const RunConfig& config) {
  Json::Array array;
  for (const auto& [name, value] : config.env) array.emplace_back(Concat(name, "=", value));
  return array;
}

// clang-format off
#define AT(path) [](CommandLine& line) -> auto& { return line.path; }
#define GET(expression) [](const RunConfig& config) -> Json { return expression; }

const Option kOptions[] = {
  {"allow-network", 0, nullptr, "", kRuns, true, FlagField{AT(run.allow_network)},
   "nodes may reach the network: such a run is leaky", {}, HelpPage::kLimits},
  {"availability", 0, "FRACTION", "", kRuns, true,
   CustomField{SetAvailability, GET(Json(config.availability))},
   "share of operations that must succeed: total or 0 to 1"},
  {"batch", 0, "N", "", kSweep, false, WholeField{AT(sweep.batch), 1},
   "only part JOB_COMPLETION_INDEX or SLURM_ARRAY_TASK_ID of them", {}, HelpPage::kSweeps},
  {"bin", 0, "PROGRAM", "", kRuns, true, TextField{AT(run.bin)}, "the program of a node: a path, or a name on PATH"},
  {"bin", 0, "PROGRAM", "", kReplay, false, TextField{AT(replay.bin)}, "run this program instead of the recorded one"},
  {"bisect", 0, nullptr, "", kReplay, false, FlagField{AT(replay.bisect)},
   "for `git bisect run`: 125 when nothing can be said"},
  {"ci", 0, "NAME", "", kRuns, false, ChoiceField{AT(test.ci), kContinuousIntegrations},
   "github: print what failed as its annotations", {}, HelpPage::kReports},
  {"client-latency", 0, "MS", "0", kRuns, true, TimeField{AT(run.network.client_latency), kMillisecond},
   "added to each message from or to a client"},
  {"concurrency", 0, "N", "1n", kRuns, true,
   CustomField{SetConcurrency, GET(Json(uint64_t{config.concurrency}))}, "clients: 10, or 4n for four for each node"},
  {"consistency-models", 0, "A,B", "strict-serializable", kRuns, true,
   CustomField{SetConsistencyModels, GET(StringArray(config.consistency_models))},
   "what transactions must keep to, all of these", kTransactions},
  {"consistency-models", 0, "A,B", "", kCheck, false, CustomField{SetCheckedModels, nullptr},
   "what transactions must keep to, all of these"},
  {"convict-only", 0, nullptr, "", kZoo, false, FlagField{AT(zoo.convict_only)}, "do not shrink, do not bisect"},
  {"db", 0, "FILE", "", kSweep, false, TextField{AT(sweep.db)},
   "keep each seed's result there, and go on where it ends", {}, HelpPage::kSweeps},
  {"doublecheck", 0, nullptr, "", kRuns, false, FlagField{AT(test.doublecheck)},
   "run twice, differently on purpose, and compare"},
  {"doublecheck-ratio", 0, "RATIO", "0.05", kSweep, false, DecimalField{AT(sweep.doublecheck_ratio), 1},
   "of the seeds, that are doublechecked anyway", {}, HelpPage::kSweeps},
  {"engine", 0, "NAME", "local", kSweep, false, ChoiceField{AT(sweep.engine), kEngines},
   "who runs parts of it: local, parallel (GNU) or slurm", {}, HelpPage::kSweeps},
  {"env", 0, "K[=V]", "", kRuns, true, CustomField{
     [](const std::vector<std::string>& values, CommandLine* line) {
       line->env.insert(line->env.end(), values.begin(), values.end());
       return absl::OkStatus();
     }, GetEnvironment}, "a variable for the nodes (repeatable); K alone: as it is here"},
  {"expect", 0, nullptr, "", kCheck, false, FlagField{AT(check.expect)},
   "compare with what the file expects; 4 when it differs"},
  {"failed-cas", 0, "NAME", "nothing", kCheck, false, ChoiceField{AT(check.failed_cas), kFailedCases},
   "what a failed cas says: nothing, or a mismatch (a log's)"},
  {"format", 0, "NAME", "auto", kCheck, false, ChoiceField{AT(check.format), kNotations},
   "auto, awdit, cases, edn, gyre, json, log or plume"},
  {"from", 0, "SECONDS", "0", kJournal, false, TimeField{AT(journal.from), kSecond}, "from this virtual time on"},
  {"from", 0, "SECONDS", "0", kPlot, false, TimeField{AT(plot.from), kSecond}, "messages from this virtual time on"},
  {"help", 'h', nullptr, "", ~0u, false, FlagField{AT(help)}, "this page"},
  {"host", 0, "ADDRESS", "127.0.0.1", kServe, false, TextField{AT(serve.host)},
   "where to listen: others than this machine can read the store then"},
  {"hosts", 0, "A,B", "", kSweep, false, TextField{AT(sweep.hosts)}, "ssh logins, for --engine parallel", {},
   HelpPage::kSweeps},
  {"initial", 0, "VALUE", "null", kCheck, false, CustomField{SetInitial, nullptr},
   "of the object before all, as JSON or EDN"},
  {"jitter", 0, "MS", "1", kRuns, true, TimeField{AT(run.network.jitter), kMillisecond},
   "extra delay of each message, uniform from 0 to this"},
  {"jobs", 'j', "N", "", kPooled, false, WholeField{AT(jobs), 1}, "simulations at a time (one a core)"},
  {"json", 0, nullptr, "", kTest, false, FlagField{AT(test.json)}, "the last line of output is one JSON object"},
  {"json", 0, nullptr, "", kCheck, false, FlagField{AT(check.json)}, "one JSON object for each history"},
  {"junit", 0, "FILE", "", kRuns, false, TextField{AT(test.junit)}, "write a JUnit report", {}, HelpPage::kReports},
  {"keep", 0, "N", "100", kSweep, false, WholeField{AT(sweep.keep), 0}, "failing runs to store of each group", {},
   HelpPage::kReports},
  {"keep-files", 0, nullptr, "", kTest, false, FlagField{AT(test.keep_files)},
   "keep the files that the nodes wrote, in the store", {}, HelpPage::kReports},
  {"key-count", 0, "N", "", kRuns, true, CustomField{SetKeyCount, GetKeyCount},
   "keys in use at a time; without it 10, or 3 if all are alike", kWithKeys},
  {"key-dist", 0, "NAME", "exponential", kRuns, true, ChoiceField{AT(run.txn.key_dist), kKeyDistributions},
   "exponential, the last key drawn most, or uniform", kWithKeys},
  {"key-dist-base", 0, "N", "2", kRuns, true, WholeField{AT(run.txn.key_dist_base), 2},
   "so much more often than the key before, if exponential", kWithKeys},
  {"keyed", 0, nullptr, "", kCheck, false, FlagField{AT(check.keyed)},
   "values are [key, value], each key an object of its own"},
  {"latency", 0, "MS", "0", kRuns, true, TimeField{AT(run.network.latency), kMillisecond},
   "mean latency between nodes"},
  {"latency-dist", 0, "NAME", "constant", kRuns, true,
   CustomField{SetDistribution, GetDistribution}, "constant, exponential or uniform"},
  {"leave-db-running", 0, nullptr, "", kRuns, false, RefusedField{
     "a node lives in virtual time and cannot outlive its run: leave it out, and see --keep-files"}, ""},
  {"linearizable", 0, nullptr, "", kCheck, false, FlagField{AT(check.linearizable)},
   "sets: an element must be there as soon as it was added"},
  {"log-net-recv", 0, nullptr, "", kTest, false, FlagField{AT(test.log_net_recv)},
   "print messages as they arrive", {}, HelpPage::kReports},
  {"log-net-send", 0, nullptr, "", kTest, false, FlagField{AT(test.log_net_send)},
   "print messages as they are sent", {}, HelpPage::kReports},
  {"log-stderr", 0, nullptr, "", kTest, false, FlagField{AT(test.log_stderr)},
   "print what nodes write to stderr", {}, HelpPage::kReports},
  {"logging-json", 0, nullptr, "", kRuns, false, RefusedField{"use --json for the result as one JSON object"}, ""},
  {"lww-kv-replicas", 0, "N", "2", kRuns, true, WholeField{AT(run.lww_kv_replicas), 1}, "replicas of service lww-kv"},
  {"max-files", 0, "MIB", "256", kRuns, true, MebibytesField{AT(run.private_bytes)},
   "room for files, of each node", {}, HelpPage::kLimits},
  {"max-line", 0, "MIB", "16", kRuns, true, MebibytesField{AT(run.max_line_bytes)},
   "longest line of a node's output", {}, HelpPage::kLimits},
  {"max-memory", 0, "MIB", "0", kRuns, true, WholeField{AT(run.max_memory), 0, 1u << 24},
   "writable memory of each process; 0: no limit", {}, HelpPage::kLimits},
  {"max-messages", 0, "N", "10000000", kRuns, true, WholeField{AT(run.max_messages), 1},
   "the run ends as unknown after so many", {}, HelpPage::kLimits},
  {"max-output", 0, "MIB", "64", kRuns, true, MebibytesField{AT(run.max_output_bytes)},
   "most output of one step, to stdout and to stderr", {}, HelpPage::kLimits},
  {"max-threads", 0, "N", "1024", kRuns, true, WholeField{AT(run.max_threads), 1},
   "threads and processes of each node", {}, HelpPage::kLimits},
  {"max-txn-length", 0, "N", "4", kRuns, true, WholeField{AT(run.txn.max_length), 1, kLongestTxn},
   "most micro-operations of a transaction", kTransactions},
  {"max-writes-per-key", 0, "N", "16", kRuns, true, WholeField{AT(run.txn.max_writes_per_key), 1},
   "then another key takes its place", kWithKeys},
  {"messages", 0, "N", "2000", kPlot, false, WholeField{AT(plot.messages), 1}, "most messages in messages.svg"},
  {"nemesis", 0, "FAULTS", "", kRuns, true,
   CustomField{SetNemesis, GET(Json(absl::StrJoin(config.nemesis.faults, ",")))},
   "kill, partition, pause, or several: kill,pause"},
  {"nemesis-interval", 0, "SECONDS", "10", kRuns, true, TimeField{AT(run.nemesis.interval), kSecond},
   "mean time between a fault's beginning and its end"},
  {"nil-read", 0, "NAME", "any", kCheck, false, ChoiceField{AT(check.nil_read), kNilReads},
   "what a read of nil says: any value, or absent (a log's)"},
  {"no-ssh", 0, nullptr, "", kRuns, false, IdleField{"gyre never uses ssh"}, ""},
  {"node", 'n', "NAME", "", kRuns, false, ListField{AT(nodes)}, "a node's name (repeatable)"},
  {"node", 0, "NAME", "", kJournal, false, TextField{AT(journal.node)}, "only what this node or client has part in"},
  {"node-count", 0, "N", "", kRuns, false, WholeField{AT(node_count), 1}, "so many nodes: n0, n1, ..."},
  {"nodes", 0, "A,B,C", "n1,n2,n3,n4,n5", kRuns, true, CustomField{SetNodes, GET(StringArray(config.nodes))},
   "the nodes by name"},
  {"nodes-file", 0, "FILE", "", kRuns, false, CustomField{SetNodesFile, nullptr},
   "their names from a file, one a line"},
  {"opts", 0, "OBJECT", "", kCheck, false, TextField{AT(check.opts)},
   "options of the kind, as labelled cases have them"},
  {"out", 'o', "FILE", "", kSweep, false, TextField{AT(sweep.out)}, "one JSON line for each seed", {},
   HelpPage::kReports},
  {"override", 0, "FILE", "", kReplay, false, TextField{AT(replay.override_file)},
   "force decisions: lines like those of decisions.jsonl"},
  {"p-loss", 0, "P", "0", kRuns, true, DecimalField{AT(run.network.loss), 1},
   "probability that a message between nodes is lost"},
  {"parity", 0, "NAME", "", kRuns, true, ChoiceField{AT(run.parity), kParities},
   "maelstrom: judge as it does, its faults included"},
  {"parity", 0, "NAME", "", kCheck, false, ChoiceField{AT(check.parity), kWhoseRules},
   "whose rules: maelstrom or ours"},
  {"partition-kinds", 0, "A,B,C", "", kRuns, true,
   CustomField{SetPartitionKinds, GET(StringArray(config.nemesis.partition_kinds))}, "to draw from (Maelstrom's four)"},
  {"password", 0, "PASS", "", kRuns, false, RefusedField{kNoMachines}, ""},
  {"pictures", 0, "DIR", "", kCheck, false, TextField{AT(check.pictures)}, "draw each cycle as SVG in DIR"},
  {"plots", 0, nullptr, "", kTest, false, FlagField{AT(test.plots)},
   "draw messages, timeline, latency and rate, as `gyre plot` does", {}, HelpPage::kReports},
  {"port", 0, "N", "8080", kServe, false, WholeField{AT(serve.port), 0, 65535}, "0: any that is free"},
  {"rate", 0, "HZ", "5", kRuns, true, DecimalField{AT(run.rate), 1'000'000},
   "operations a second, of all clients together"},
  {"restart-files", 0, "NAME", "kept", kRuns, true, ChoiceField{AT(run.nemesis.restart_files), kRestartFiles},
   "what a killed node finds again: kept, wiped or either"},
  {"rounds", 0, "N", "1", kZoo, false, WholeField{AT(zoo.rounds), 1, 100},
   "ranges of seeds, one behind the other; then median/worst is told"},
  {"save", 0, "DIR", "", kZoo, false, TextField{AT(zoo.save)}, "keep the small runs as seed files there"},
  {"seed", 0, "N", "", kTest, true, CustomField{SetSeed, GET(Json(config.seed))}, "what decides everything (drawn)"},
  {"seeds", 0, "A-B", "", kSweep, false, CustomField{SetSeeds, nullptr}, "the seeds to run, both ends included"},
  {"seeds", 0, "A-B", "1-1000", kZoo, false, CustomField{SetSeeds, nullptr}, "the seeds to try, both ends included"},
  {"seq-kv-staleness", 0, "N", "32", kRuns, true, WholeField{AT(run.seq_kv_staleness), 1},
   "latest states that the service seq-kv answers from"},
  {"service-time", 0, "MS", "0.05", kRuns, true, TimeField{AT(run.service_time), kMillisecond},
   "how long a node is busy with each line it reads"},
  {"ssh-private-key", 0, "FILE", "", kRuns, false, RefusedField{kNoMachines}, ""},
  {"step-wall-limit", 0, "SECONDS", "10", kRuns, true, TimeField{AT(run.step_wall_limit), kSecond},
   "real time after which a computing node is given up", {}, HelpPage::kLimits},
  {"stop-after", 0, "N", "", kSweep, false, WholeField{AT(sweep.stop_after), 1}, "stop after so many failures", {},
   HelpPage::kSweeps},
  {"store", 0, "DIR", "store", kRuns | kShrink | kBisect, false, TextField{AT(test.store)}, "where results go"},
  {"story", 0, "TEXT", "", kSave, false, TextField{AT(save.story)}, "what is worth knowing of the run"},
  {"strace", 0, "NODE", "", kReplay, false, TextField{AT(replay.strace)},
   "print the node's system calls in virtual time"},
  {"strict", 0, nullptr, "", kReplay, false, FlagField{AT(replay.strict)}, "a different call digest is a failure too"},
  {"strict-host-key-checking", 0, nullptr, "", kRuns, false, RefusedField{kNoMachines}, ""},
  {"swarm", 0, nullptr, "", kSweep, false, FlagField{AT(sweep.swarm)}, "each seed turns some of the trouble off", {},
   HelpPage::kSweeps},
  {"test-count", 0, "N", "1", kTest, false, WholeField{AT(test.test_count), 1}, "so many runs, of consecutive seeds"},
  {"thread-schedule", 0, "NAME", "fifo", kRuns, true, ChoiceField{AT(run.thread_schedule), kThreadSchedules},
   "fifo, or random: explore how a node's threads interleave"},
  {"time-budget", 0, "SECONDS", "60", kSearches, false, TimeField{AT(search.time_budget), kSecond},
   "of real time, for the search"},
  {"time-budget", 0, "SECONDS", "", kSweep, false, CustomField{SetTimeBudget, nullptr},
   "begin no seed after so long", {}, HelpPage::kSweeps},
  {"time-limit", 0, "SECONDS", "60", kRuns, true, TimeField{AT(run.time_limit), kSecond},
   "virtual time of the main phase"},
  {"to", 0, "SECONDS", "", kJournal, false, CustomField{SetTo, nullptr}, "up to this virtual time"},
  {"to", 0, "SECONDS", "", kPlot, false, CustomField{SetPlotTo, nullptr}, "messages up to this virtual time"},
  {"topology", 0, "NAME", "grid", kRuns, true, ChoiceField{AT(run.topology), kTopologies},
   "grid, line, total, tree, tree2, tree3 or tree4", kBroadcast},
  {"type", 0, "TYPE", "", kJournal, false, TextField{AT(journal.type)},
   "of message (echo, read_ok, ...) or of record (send, drop, ...)"},
  {"until", 0, "SECONDS", "", kReplay, false, CustomField{SetUntil, nullptr},
   "stop at this virtual time and keep the processes for a debugger"},
  {"update", 0, nullptr, "", kSave, false, FlagField{AT(save.update)}, "FILE is there: put this run in its place"},
  {"username", 0, "USER", "", kRuns, false, RefusedField{kNoMachines}, ""},
  {"vary", 0, "RANGES", "", kSweep, false, CustomField{SetVary, nullptr},
   "draw options by seed: node-count=1..7,latency=0..200", {}, HelpPage::kSweeps},
  {"workload", 'w', "KIND", "", kCheck, false, TextField{AT(check.workload)},
   "the kind of history, if the file does not say it"},
  {"workload", 'w', "NAME", "lin-kv", kRuns, true, TextField{AT(run.workload)}, "what is tested: `gyre doc` lists all"},
};

#undef AT
#undef GET
// clang-format on

void AppendHelpLine(const Option& option, std::string* out) {
  std::string left = option.letter == 0 ? "    " : Concat("-", std::string(1, option.letter), ", ");
  left += Concat("--", option.name, option.value == nullptr ? "" : " ", option.value == nullptr ? "" : option.value);
  const std::string otherwise = option.otherwise[0] == '\0' ? "" : Concat(" (", option.otherwise, ")");
  absl::StrAppendFormat(out, "  %-29s  %s%s\n", left, option.help, otherwise);
}

// Names of options, filled into lines below a heading; nothing if there are none.
void AppendNames(std::string_view heading, const std::vector<std::string>& names, std::string* out) {
  if (names.empty()) return;
  *out += Concat("\n", heading, "\n");
  constexpr size_t kWidth = 100;
  std::string line = "     ";
  for (const std::string& name : names) {
    if (line.size() + 1 + name.size() > kWidth) {
      *out += Concat(line, "\n");
      line = "     ";
    }
    line += Concat(" ", name);
  }
  *out += Concat(line, "\n");
}

}  // namespace

absl::Span<const Option> Options() { return kOptions; }

bool Concerns(const Option& option, std::string_view workload) {
  const absl::Span<const char* const> all = option.concerns;
  return all.empty() || std::find(all.begin(), all.end(), workload) != all.end();
}

std::string OptionsHelp(unsigned set) {
  std::string out;
  std::vector<std::string> limits, reports, sweeps, special;
  for (const Option& option : kOptions) {
    if ((option.commands & set) == 0 || option.help[0] == '\0') continue;
    if (option.page != HelpPage::kCommand) {
      std::vector<std::string>& page = option.page == HelpPage::kLimits    ? limits
                                       : option.page == HelpPage::kReports ? reports
                                                                           : sweeps;
      page.push_back(Concat("--", option.name));
    } else if (option.concerns.empty()) {
      AppendHelpLine(option, &out);
    } else {
      special.push_back(Concat("--", option.name));
    }
  }
  AppendNames("Limits, told by `gyre help limits`:", limits, &out);
  AppendNames("What to print and keep beside the results, told by `gyre help reports`:", reports, &out);
  AppendNames("Of large sweeps, told by `gyre help sweeps`:", sweeps, &out);
  AppendNames("Of some workloads only, told by --help after -w broadcast, -w txn-list-append and so on:", special,
              &out);
  return out;
}

std::string PageHelp(HelpPage page) {
  std::string out;
  for (const Option& option : kOptions) {
    if (option.page == page) AppendHelpLine(option, &out);
  }
  return out;
}

std::string WorkloadOptionsHelp(std::string_view command, unsigned set, std::string_view workload) {
  std::string lines;
  for (const Option& option : kOptions) {
    const bool its_own = !option.concerns.empty() && Concerns(option, workload);
    if (its_own && (option.commands & set) != 0) AppendHelpLine(option, &lines);
  }
  if (lines.empty()) return lines;
  return Concat("Usage: gyre ", command, " -w ", workload, " [options]\n\nWhat `gyre ", command,
                " --help` tells can be given, and:\n\n", lines);
}

std::string OptionsDocument() {
  std::string out = "| option | takes | default | commands | meaning |\n|---|---|---|---|---|\n";
  constexpr std::pair<unsigned, const char*> kCommands[] = {
      {kBisect, "bisect"}, {kCheck, "check"}, {kDiff, "diff"},     {kJournal, "journal"},
      {kMerge, "merge"},   {kPlot, "plot"},   {kReplay, "replay"}, {kSave, "save"},
      {kServe, "serve"},   {kShrink, "shrink"}, {kSweep, "sweep"}, {kTest, "test"},
      {kZoo, "zoo"}};
  for (const Option& option : kOptions) {
    std::vector<std::string> commands;
    for (const auto& [bit, name] : kCommands) {
      if ((option.commands & bit) != 0) commands.emplace_back(name);
    }
    std::string meaning = option.help;
    if (const auto* refused = std::get_if<RefusedField>(&option.field)) {
      meaning = Concat("refused: ", refused->sentence);
    } else if (const auto* idle = std::get_if<IdleField>(&option.field)) {
      meaning = Concat("taken, changes nothing: ", idle->sentence);
    } else if (!option.concerns.empty()) {
      meaning += Concat(" (", absl::StrJoin(option.concerns, ", "), ")");
    }
    absl::StrAppendFormat(&out, "| `--%s`%s | %s | %s | %s | %s |\n", option.name,
                          option.letter == 0 ? "" : Concat(", `-", std::string(1, option.letter), "`"),
                          option.value == nullptr ? "" : option.value, option.otherwise, absl::StrJoin(commands, ", "),
                          meaning);
  }
  return out;
}

}  // namespace gyre
