#include "tools/doctor.h"

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "sim/host/host.h"
#include "tools/command.h"

namespace gyre {

std::string FormatCapabilities(const std::vector<Capability>& capabilities) {
  std::string text;
  size_t missing = 0;
  for (const Capability& each : capabilities) {
    absl::StrAppendFormat(&text, "  %-3s %-24s %s\n", each.available ? "yes" : "NO", each.name,
                          EscapeForTerminal(each.detail));
    if (each.available) continue;
    ++missing;
    if (!each.loss.empty()) absl::StrAppendFormat(&text, "      %-24s lost: %s\n", "", EscapeForTerminal(each.loss));
    if (!each.remedy.empty())
      absl::StrAppendFormat(&text, "      %-24s remedy: %s\n", "", EscapeForTerminal(each.remedy));
  }
  text += Concat("\n", missing == 0 ? "This machine allows all that gyre uses.\n"
                                    : Concat("This machine lacks ", missing, " of ", capabilities.size(),
                                             " things that gyre uses; what is lost is said above.\n"));
  return text;
}

ExitStatus DoctorCommand(const Words& words, const Console& console) {
  if (!words.empty()) {
    const bool help = words[0] == "--help" || words[0] == "-h";
    if (help) {
      console.Print(
          "Usage: gyre doctor\n\n"
          "Tries what gyre needs of the machine, and says for each what is lost without it and how to get it.\n");
      return ExitStatus::kValid;
    }
    console.Complain("gyre doctor takes no arguments.");
    return ExitStatus::kUsage;
  }
  console.Print(FormatCapabilities(ProbeCapabilities()));
  return ExitStatus::kValid;
}

}  // namespace gyre
