// `gyre serve`: a store as a web page.
#include "sim/base/concat.h"
#include "tools/begin.h"
#include "tools/options.h"
#include "tools/serve/server.h"

namespace gyre {

namespace {

constexpr char kUsage[] =
    "Usage: gyre serve [DIR] [options]\n\n"
    "Shows the runs in the store DIR (store, if none is named) as a web page, until it is interrupted:\n"
    "verdicts and anomalies, messages over time, what each client did, latency, rate, logs. It only\n"
    "reads the store.\n\n";
constexpr char kExample[] = "\nExample: gyre serve --port 8080 store\n";

}  // namespace

ExitStatus ServeCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"serve", kServe, kUsage, kExample, 0, 1,
                             "Which store? Name one directory: gyre serve store"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  ServerOptions options;
  if (!line.positional.empty()) options.store = line.positional[0];
  options.host = line.serve.host;
  options.port = static_cast<int>(line.serve.port);
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Listen(options);
  if (!server.ok()) {
    console.Complain(EscapeForTerminal(ToStd(server.status().message())));
    return ExitStatus::kUsage;
  }
  console.Print(
      Concat("The runs in ", EscapeForTerminal(options.store), ": ", (*server)->address(), "\nCtrl-C ends it.\n"));
  (*server)->Run();
  return ExitStatus::kValid;
}

}  // namespace gyre
