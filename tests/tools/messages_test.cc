// What gyre prints of itself: help, and refusals, whole.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/tools/golden.h"
#include "tools/command.h"
#include "tools/run/registry.h"

namespace gyre {
namespace {

TEST_CASE("help") {
  std::string text;
  for (const Words& words : {Words{}, Words{"help"}, Words{"--help"}}) CHECK(Transcript(words).find("gyre sweep") > 0);
  text += Transcript({"help"}) + "\n";
  text += Transcript({"help", "limits"}) + "\n";
  text += Transcript({"help", "reports"}) + "\n";
  text += Transcript({"help", "sweeps"}) + "\n";
  for (const char* command :
       {"bisect", "check", "diff", "doc", "doctor", "journal", "merge", "plot", "replay", "save", "serve",
        "shrink", "sweep", "test", "version", "zoo"}) {
    const std::string help = Transcript({command, "--help"});
    CHECK_MESSAGE(std::count(help.begin(), help.end(), '\n') <= 56, command, " --help does not fit a screen");
    CHECK(Transcript({"help", command}).substr(help.find('\n', 7)) != "");
    text += help + "\n";
  }
  // Of a workload that has options of its own.
  for (const char* command : {"sweep", "test"}) {
    for (const char* workload : {"broadcast", "kafka", "txn-list-append"}) {
      text += Transcript({command, "-w", workload, "--help"}) + "\n";
    }
    CHECK(Transcript({command, "-w", "echo", "--help"}).substr(30) == Transcript({command, "--help"}).substr(22));
  }
  CheckGolden("help.txt", text);
}

TEST_CASE("doc tells of every workload") {
  const std::string text = Transcript({"doc"});
  for (const WorkloadRow& row : Workloads()) {
    CHECK(text.find(std::string("\n### ") + row.name + "\n") != std::string::npos);
  }
  CHECK(Transcript({"doc", "echo"}).find("### broadcast") == std::string::npos);
}

TEST_CASE("words that mean nothing") {
  std::string text;
  for (const Words& words :
       {Words{"tset"}, Words{"\x1b[2J"}, Words{"test"}, Words{"test", "-w", "echo"}, Words{"version", "now"},
        Words{"doctor", "x"}, Words{"doc", "x"}, Words{"doc", "echo", "broadcast"}, Words{"check"},
        Words{"check", "/nonexistent"}, Words{"replay"}, Words{"replay", "/nonexistent"}, Words{"replay", "a", "b"},
        Words{"replay", "--json", "x"}, Words{"replay", "/proc/self/task"}, Words{"replay", "/etc/passwd"},
        Words{"save", "x"},
        Words{"save", "/nonexistent", "x.json"}, Words{"journal"}, Words{"journal", "/nonexistent"},
        Words{"plot"}, Words{"plot", "/nonexistent"}, Words{"serve", "/nonexistent"}, Words{"serve", "a", "b"},
        Words{"journal", "x", "--from", "soon"}, Words{"sweep", "-w", "echo", "--bin", "/bin/cat"},
        Words{"sweep", "--seeds", "9-1"}, Words{"sweep", "--seeds", "x"}}) {
    text += Transcript(words) + "\n";
  }
  CheckGolden("bad-words.txt", text);
}

TEST_CASE("the commands are in order") {
  for (size_t i = 1; i < Commands().size(); ++i) {
    CHECK(std::string(Commands()[i - 1].name) < Commands()[i].name);
  }
}

}  // namespace
}  // namespace gyre
