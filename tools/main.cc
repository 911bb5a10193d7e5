#include <unistd.h>

#include <cstdio>

#include "tools/command.h"
#include "tools/cores.h"

int main(int argc, char** argv) {
  gyre::AllowedCores();  // before anything pins this process
  gyre::Console console;
  console.terminal = isatty(STDERR_FILENO) != 0;
  return static_cast<int>(gyre::RunCommand(gyre::Words(argv + 1, argv + argc), console));
}
