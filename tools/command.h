// The commands of gyre, as a table. Each is a function from the words after its name to an exit status. One thread.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "tools/console.h"
#include "tools/exit_status.h"

namespace gyre {

using Words = std::vector<std::string>;

struct Command {
  const char* name;
  const char* summary;
  ExitStatus (*run)(const Words& words, const Console& console);
};
// Alphabetical.
absl::Span<const Command> Commands();

ExitStatus BisectCommand(const Words& words, const Console& console);
ExitStatus CheckCommand(const Words& words, const Console& console);
ExitStatus DiffCommand(const Words& words, const Console& console);
ExitStatus DocCommand(const Words& words, const Console& console);
ExitStatus DoctorCommand(const Words& words, const Console& console);
ExitStatus HelpCommand(const Words& words, const Console& console);
ExitStatus JournalCommand(const Words& words, const Console& console);
ExitStatus MergeCommand(const Words& words, const Console& console);
ExitStatus PlotCommand(const Words& words, const Console& console);
ExitStatus ReplayCommand(const Words& words, const Console& console);
ExitStatus SaveCommand(const Words& words, const Console& console);
ExitStatus ServeCommand(const Words& words, const Console& console);
ExitStatus ShrinkCommand(const Words& words, const Console& console);
ExitStatus SweepCommand(const Words& words, const Console& console);
ExitStatus TestCommand(const Words& words, const Console& console);
ExitStatus VersionCommand(const Words& words, const Console& console);
ExitStatus ZooCommand(const Words& words, const Console& console);

// What `gyre WORDS` does.
ExitStatus RunCommand(const Words& words, const Console& console);

}  // namespace gyre
