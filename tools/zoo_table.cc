#include "tools/zoo_table.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "sim/base/concat.h"
#include "tools/options.h"

namespace gyre {
namespace {

using Fields = std::vector<std::string>;

std::vector<std::string> Words(const std::string& text) { return absl::StrSplit(text, ' ', absl::SkipEmpty()); }

absl::Status Wrong(int line, std::string_view why) {
  return absl::InvalidArgumentError(Concat("line ", line, ": ", why,
                                           "; rows are, between tabs: options GROUP OPTIONS; right GROUP COMMAND; bug "
                                           "GROUP COMMAND ANOMALY|ANOMALY DEPTH WHAT"));
}

// The run that `command`, a program and its arguments, is tested by.
absl::StatusOr<RunConfig> ConfigOf(const std::string& options, const std::string& command) {
  std::vector<std::string> program = Words(command);
  if (program.empty()) return absl::InvalidArgumentError("no program");
  std::vector<std::string> words = Words(options);
  words.insert(words.end(), {"--bin", program[0], "--"});
  // A node runs elsewhere: what names a file from here is made whole.
  for (size_t i = 1; i < program.size(); ++i) {
    const absl::StatusOr<std::string> path = absl::StrContains(program[i], "/") ? ResolveBin(program[i]) : program[i];
    words.push_back(path.ok() ? *path : program[i]);
  }
  absl::StatusOr<CommandLine> line = ParseCommandLine("test", kTest, words);
  if (!line.ok()) return line.status();
  if (absl::Status status = ResolveRun(&*line); !status.ok()) return status;
  return line->run;
}

// "cpp-raft votes-twice" of "build/tests/nodes/cpp-raft --bug votes-twice".
std::string NameOf(const std::string& command) {
  std::string name;
  for (const std::string& word : Words(command)) {
    if (word == "--bug") continue;
    name += Concat(name.empty() ? "" : " ", word.substr(word.rfind('/') + 1));
  }
  return name;
}

}  // namespace

absl::StatusOr<std::vector<ZooRow>> ParseZoo(std::string_view text, std::vector<std::string>* missing) {
  std::vector<ZooRow> rows;
  std::map<std::string, std::string> options;  // by group
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(std::string(text), '\n')) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const Fields fields = absl::StrSplit(line, '\t');
    const std::string& kind = fields[0];
    if (kind == "options" && fields.size() == 3) {
      options[fields[1]] = fields[2];
      continue;
    }
    const bool is_bug = kind == "bug";
    if (!(kind == "right" && fields.size() == 3) && !(is_bug && fields.size() == 6)) {
      return Wrong(number, "neither options, a right node nor a bug");
    }
    if (!options.contains(fields[1])) return Wrong(number, Concat("no options of ", fields[1], " above"));
    ZooRow row;
    row.group = fields[1];
    row.name = NameOf(fields[2]);
    if (is_bug) {
      row.anomalies = absl::StrSplit(fields[3], '|');
      if (!absl::SimpleAtoi(fields[4], &row.depth)) return Wrong(number, "the depth is no number");
      row.what = fields[5];
    }
    absl::StatusOr<RunConfig> config = ConfigOf(options[row.group], fields[2]);
    if (config.status().code() == absl::StatusCode::kNotFound) {
      missing->push_back(row.name);
      continue;
    }
    if (!config.ok()) return Wrong(number, ToStd(config.status().message()));
    row.config = *std::move(config);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace gyre
