// The options of every command, as one table. It makes the parser, --help, the config member of run.json and the
// table in README.md; Maelstrom's options have Maelstrom's names and meanings. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tools/run/run.h"

namespace gyre {

// Inclusive.
struct SeedRange {
  uint64_t first = 0;
  uint64_t last = 0;
};

struct TestFlags {
  bool seed_given = false;  // else the command draws one
  uint64_t test_count = 1;
  std::string store = "store";
  bool doublecheck = false;
  bool json = false;
  std::string ci;     // whose annotations to print; empty: nobody's
  std::string junit;  // file of a JUnit report; empty: none
  bool keep_files = false;
  bool plots = false;  // draw all pictures in the run's directory
  bool log_stderr = false;
  bool log_net_send = false;
  bool log_net_recv = false;
};

struct ReplayFlags {
  std::string bin;            // instead of the recorded program; empty: that one
  std::string override_file;  // decisions to force; empty: none
  std::string strace;         // the node whose system calls are told; empty: none
  std::optional<Duration> until;  // stop there, for a debugger
  bool strict = false;
  bool bisect = false;
};

// Of commands that try many runs.
struct SearchFlags {
  Duration time_budget = Seconds(60);  // wall time
};

struct ZooFlags {
  uint64_t rounds = 1;        // ranges of seeds, each as long as the first, one behind the other
  bool convict_only = false;  // neither shrunk nor bisected
  std::string save;           // directory for the small runs; empty: none
};

struct SaveFlags {
  std::string story;  // empty: what to look at first, in the run's own words
  bool update = false;  // the file is there, and gets another run
};

struct SweepFlags {
  std::optional<SeedRange> seeds;
  std::string out;                  // file of JSON lines; empty: none
  uint64_t keep = 100;              // stored runs of each group of failures
  uint64_t stop_after = 0;          // failures; 0: never
  std::string db;                   // SQLite file of results; empty: none
  std::optional<Duration> time_budget;  // wall time; none: until all seeds have ended
  std::string vary;                 // ranges of options; empty: none
  bool swarm = false;
  std::string engine = "local";     // or "parallel", "slurm": who runs the parts
  std::string hosts;                // of engine parallel: ssh logins, by commas; empty: this machine
  uint64_t batch = 0;               // seeds of this job of an array; 0: all
  Ratio doublecheck_ratio{5, 100};  // of the seeds, that run twice without --doublecheck
};

struct JournalFlags {
  std::string node;  // empty: all
  std::string type;  // of message or of record; empty: all
  Duration from;
  Duration to = Duration(INT64_MAX);
};

struct PlotFlags {
  uint64_t messages = 2000;  // drawn at most
  Duration from;             // of messages
  Duration to = Duration(INT64_MAX);
};

struct ServeFlags {
  std::string host = "127.0.0.1";
  uint64_t port = 8080;  // 0: any that is free
};

struct CheckFlags {
  std::string workload;  // the kind of history; empty: as the file says
  std::string format;    // a notation; empty: told from the text
  std::string opts;      // of the judge, as JSON or EDN; empty: none
  std::optional<std::string> initial;
  std::string nil_read;
  std::string failed_cas;
  std::vector<std::string> consistency_models;  // empty: as the file says
  std::string parity;
  std::string pictures;  // directory for pictures of cycles; empty: none
  bool keyed = false;
  bool linearizable = false;
  bool expect = false;
  bool json = false;
};

// What the words after `gyre COMMAND` said.
struct CommandLine {
  RunConfig run;
  TestFlags test;
  ReplayFlags replay;
  SaveFlags save;
  SearchFlags search;
  ZooFlags zoo;
  SweepFlags sweep;
  JournalFlags journal;
  PlotFlags plot;
  ServeFlags serve;
  CheckFlags check;
  uint64_t jobs = 0;  // simulations at a time; 0: one a core
  bool help = false;
  bool args_given = false;  // there was a --, so run.args are what was typed
  std::vector<std::string> positional;
  std::vector<std::string> notes;  // one sentence each: options that were taken and change nothing here

  // As given; ResolveRun turns them into `run`.
  std::string concurrency = "1n";
  uint64_t node_count = 0;
  std::vector<std::string> nodes;
  std::vector<std::string> env;
};

// Where a number or a word goes: the place in a CommandLine, and how its text reads.
// clang-format off
struct FlagField { bool& (*at)(CommandLine&); };
struct TextField { std::string& (*at)(CommandLine&); };
struct ListField { std::vector<std::string>& (*at)(CommandLine&); };  // repeatable
struct WholeField { uint64_t& (*at)(CommandLine&); uint64_t min; uint64_t max = UINT64_MAX; };
struct MebibytesField { uint64_t& (*at)(CommandLine&); };             // the field is in bytes
struct DecimalField { Ratio& (*at)(CommandLine&); uint64_t max; };    // 0 to max, at most 9 decimals
struct TimeField { Duration& (*at)(CommandLine&); Duration unit; };
struct ChoiceField { std::string& (*at)(CommandLine&); absl::Span<const char* const> choices; };
// clang-format on
struct CustomField {
  absl::Status (*set)(const std::vector<std::string>& values, CommandLine* line);
  Json (*get)(const RunConfig& config);  // for run.json; nullptr: not recorded
};
// Taken, and refused with `sentence`, which says what exists instead.
struct RefusedField {
  const char* sentence;
};
// Taken, as Maelstrom takes it with workloads that it does not concern, and `sentence` told.
struct IdleField {
  const char* sentence;
};

using OptionField = std::variant<FlagField, TextField, ListField, WholeField, MebibytesField, DecimalField, TimeField,
                                 ChoiceField, CustomField, RefusedField, IdleField>;

enum CommandSet : unsigned {
  kTest = 1,
  kSweep = 2,
  kReplay = 4,
  kJournal = 8,
  kCheck = 16,
  kSave = 32,
  kPlot = 64,
  kServe = 128,
  kShrink = 256,
  kBisect = 512,
  kDiff = 1024,
  kMerge = 2048,
  kZoo = 4096,
  kRuns = kTest | kSweep,
  kSearches = kShrink | kBisect | kZoo,
  kPooled = kSweep | kReplay | kSearches,  // several simulations side by side
};

// Where help tells of an option; --help only names what is not on its own page.
enum class HelpPage : uint8_t { kCommand, kLimits, kReports, kSweeps };

struct Option {
  const char* name;       // without dashes
  char letter;            // 0: none
  const char* value;      // what it takes, with its unit, as help shows it; nullptr: a flag
  const char* otherwise;  // the default as it would be typed; "": none
  unsigned commands;      // which take it
  bool recorded;          // part of a run's identity: stands in run.json
  OptionField field;
  const char* help;  // "": not in --help, as it does nothing
  // The workloads that it concerns; empty: all. With others it changes nothing, and that is told.
  absl::Span<const char* const> concerns = {};
  HelpPage page = HelpPage::kCommand;
};

// Alphabetical.
absl::Span<const Option> Options();

// Parses the words after the command's name. Errors are one sentence.
absl::StatusOr<CommandLine> ParseCommandLine(std::string_view command, unsigned set,
                                             const std::vector<std::string>& words);

// The absolute path of the program that `bin` means, looked for as semantics.md says: PATH, then here.
absl::StatusOr<std::string> ResolveBin(const std::string& bin);

// Turns what was given into a total `line->run`: node names, concurrency, the program's path, the environment.
absl::Status ResolveRun(CommandLine* line);

// The node's environment: what every run has, then `given` ("K=V", or "K" for the caller's own value).
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> NodeEnvironment(const std::vector<std::string>& given);

// Whether every node has a variable of that name, given or not.
bool IsStandardVariable(std::string_view name);

// Whether the option can change anything in runs of `workload`.
bool Concerns(const Option& option, std::string_view workload);

// The lines of --help that list the options of `set`; limits and those of some workloads only are named at the end.
std::string OptionsHelp(unsigned set);
// What `gyre help limits` and `gyre help reports` list.
std::string PageHelp(HelpPage page);
// What --help prints of a workload that has options of its own; "" when it has none.
std::string WorkloadOptionsHelp(std::string_view command, unsigned set, std::string_view workload);
// The table of README.md.
std::string OptionsDocument();

// run.json's config member.
Json ConfigToJson(const RunConfig& config);
// Members that are missing are at their defaults, but for bin, seed and workload; unknown ones are an error.
absl::StatusOr<RunConfig> ConfigFromJson(const Json& json);

// The shell line that does a run again, for instance `gyre test -w echo --bin /x/echo --seed 7`: what differs from
// the defaults, the rest left out.
std::string ShellCommand(const RunConfig& config);

}  // namespace gyre
