// `gyre doc`: what a node of each workload is asked, and must answer; made of the shapes that check its replies.
#include "sim/base/concat.h"
#include "tools/command.h"
#include "workloads/protocols.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre doc [WORKLOAD]\n\n"
    "Prints the requests and replies of a workload, or of all, the services that nodes may use, and the error "
    "codes.\n\n"
    "Example: gyre doc broadcast\n";

}  // namespace

ExitStatus DocCommand(const Words& words, const Console& console) {
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
    console.Print(kUsage);
    return ExitStatus::kValid;
  }
  std::vector<const Protocol*> chosen;
  std::string names;
  for (const Protocol* protocol : Protocols()) {
    if (words.empty() || words[0] == protocol->workload) chosen.push_back(protocol);
    names += Concat(names.empty() ? "" : ", ", protocol->workload);
  }
  if (chosen.empty() || words.size() > 1) {
    console.Complain(words.size() > 1 ? std::string("gyre doc takes one workload, or none for all.")
                                      : Concat("There is no workload '", EscapeForTerminal(words[0]), "'; there are ",
                                               names, "."));
    return ExitStatus::kUsage;
  }
  console.Print(MakeProtocolDoc(chosen));
  return ExitStatus::kValid;
}

}  // namespace gyre
