#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tools/command.h"
#include "tools/cores.h"

int main(int argc, char** argv) {
  gyre::AllowedCores();  // before anything pins this process
  gyre::Console console;
  console.terminal = isatty(STDERR_FILENO) != 0;
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  console.colour = isatty(STDOUT_FILENO) != 0 && !dumb && std::getenv("NO_COLOR") == nullptr;
  return static_cast<int>(gyre::RunCommand(gyre::Words(argv + 1, argv + argc), console));
}
