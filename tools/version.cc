#include "tools/version.h"

#include "sim/base/concat.h"
#include "tools/command.h"

namespace gyre {

ExitStatus VersionCommand(const Words& words, const Console& console) {
  if (!words.empty() && words[0] != "--help" && words[0] != "-h") {
    console.Complain("gyre version takes no arguments.");
    return ExitStatus::kUsage;
  }
  console.Print(words.empty() ? Concat("gyre ", kVersion, "\n") : "Usage: gyre version\n");
  return ExitStatus::kValid;
}

}  // namespace gyre
