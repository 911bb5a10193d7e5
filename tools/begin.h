// How a command begins: its words are read, its help is printed, and what it is to work on is asked for. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tools/command.h"
#include "tools/options.h"

namespace gyre {

struct CommandForm {
  static constexpr size_t kAny = SIZE_MAX;
  const char* name;
  CommandSet set;
  std::string usage;    // before the options in its help
  std::string example;  // after them
  // How many words it takes that are no options; `question` is asked when there are fewer or more.
  size_t least = 0;
  size_t most = 0;
  std::string question;
};

// What was given; without `line` the command is over, and ends with `status`.
struct Begun {
  std::optional<CommandLine> line;
  ExitStatus status = ExitStatus::kValid;
};
Begun Begin(const CommandForm& form, const Words& words, const Console& console);

}  // namespace gyre
