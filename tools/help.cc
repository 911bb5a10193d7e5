#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "tools/command.h"
#include "tools/options.h"

namespace gyre {

ExitStatus HelpCommand(const Words& words, const Console& console) {
  if (!words.empty() && words[0] == "limits") {
    console.Print(Concat("What ends or refuses what a node or a run does too much of; each that is met is told.\n\n",
                         PageHelp(HelpPage::kLimits)));
    return ExitStatus::kValid;
  }
  if (!words.empty() && words[0] == "reports") {
    console.Print(Concat("What to print while a run goes on, and what to keep of it, beside the results.\n\n",
                         PageHelp(HelpPage::kReports)));
    return ExitStatus::kValid;
  }
  if (!words.empty() && words[0] == "sweeps") {
    console.Print(Concat("Sweeps that take long, are resumed, or run on many machines. What --db FILE keeps is\n"
                         "told by `gyre sweep status FILE`, `gyre sweep failures FILE`, `gyre sweep coverage FILE`\n"
                         "and `gyre sweep show FILE [SEED]`; `gyre merge` puts parts together.\n\n",
                         PageHelp(HelpPage::kSweeps)));
    return ExitStatus::kValid;
  }
  if (!words.empty() && words[0] != "help") return RunCommand({words[0], "--help"}, console);
  std::string text =
      "gyre runs your program as the nodes of a distributed system in a deterministic simulation: real,\n"
      "unmodified processes in virtual time. It checks what clients saw, and replays any run from its seed.\n\n";
  for (const Command& command : Commands())
    absl::StrAppendFormat(&text, "  gyre %-8s  %s\n", command.name, command.summary);
  absl::StrAppend(&text,
                  "\nStart with:  gyre test -w echo --bin ./your-program\n"
                  "More:        gyre COMMAND --help, gyre help limits, gyre help reports, gyre help sweeps\n\n"
                  "Exit status: 0 valid, 1 invalid, 2 unknown, 3 not reproduced, 4 not as expected, 130 interrupted,\n"
                  "             254 bad usage or environment, 255 a bug in gyre\n");
  console.Print(text);
  return ExitStatus::kValid;
}

}  // namespace gyre
