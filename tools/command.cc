#include "tools/command.h"

#include <algorithm>

#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr Command kCommands[] = {
    {"bisect", "find what made a run fail", BisectCommand},
    {"check", "judge histories from files", CheckCommand},
    {"diff", "say where two stored runs part, and what followed", DiffCommand},
    {"doc", "print what nodes are asked, and what they must answer", DocCommand},
    {"doctor", "say what this machine allows, and what is lost where it does not", DoctorCommand},
    {"help", "this page", HelpCommand},
    {"journal", "print the messages and events of a stored run", JournalCommand},
    {"merge", "put the parts of a sweep together", MergeCommand},
    {"plot", "draw the pictures of a stored run", PlotCommand},
    {"replay", "run a stored run, or kept ones, again and compare", ReplayCommand},
    {"save", "keep a stored run in a file, to be replayed for ever", SaveCommand},
    {"serve", "show the runs of a store as a web page", ServeCommand},
    {"shrink", "make a failing run smaller, and tell its story", ShrinkCommand},
    {"sweep", "test many seeds in parallel", SweepCommand},
    {"test", "run a program as the nodes of a distributed system, and check it", TestCommand},
    {"version", "print the version", VersionCommand},
    {"zoo", "convict every wrong node of a table", ZooCommand},
};

}  // namespace

absl::Span<const Command> Commands() { return kCommands; }

ExitStatus RunCommand(const Words& words, const Console& console) {
  if (words.empty()) {
    HelpCommand({}, console);
    return ExitStatus::kUsage;
  }
  std::string name = words[0];
  if (name == "--help" || name == "-h") name = "help";
  if (name == "--version") name = "version";
  for (const Command& command : kCommands) {
    if (name == command.name) return command.run(Words(words.begin() + 1, words.end()), console);
  }
  console.Complain(Concat("There is no command '", EscapeForTerminal(name), "'; `gyre help` lists them."));
  return ExitStatus::kUsage;
}

}  // namespace gyre
