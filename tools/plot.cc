// `gyre plot`: the pictures of a stored run.
#include "tools/plot/plots.h"

#include "sim/base/concat.h"
#include "sim/history/history_files.h"
#include "tools/begin.h"
#include "tools/options.h"
#include "tools/run_record.h"

namespace gyre {

namespace {

constexpr char kUsage[] =
    "Usage: gyre plot DIR [options]\n\n"
    "Draws the pictures of the stored run in DIR, into DIR: messages.svg, the messages between all nodes and\n"
    "clients; timeline.html, what each client did; latency-raw.svg, latency-quantiles.svg and rate.svg.\n\n";
constexpr char kExample[] = "\nExample: gyre plot store/latest --from 12.5 --messages 500\n";

}  // namespace

ExitStatus PlotCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"plot", kPlot, kUsage, kExample, 1, 1,
                             "Which run? Name one directory of the store: gyre plot store/latest"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  const std::string& directory = line.positional[0];
  absl::Status status = ReadRecord(directory).status();
  absl::StatusOr<History> history = History();
  if (status.ok()) {
    history = ReadHistory(Concat(directory, "/history.jsonl"));
    status = history.status();
  }
  if (status.ok()) {
    PlotOptions options;
    options.messages = {Instant(line.plot.from.ns()), Instant(line.plot.to.ns()), line.plot.messages};
    const absl::StatusOr<std::vector<std::string>> paths = DrawPlots(directory, *history, options);
    status = paths.status();
    if (paths.ok()) {
      for (const std::string& path : *paths) console.Print(Concat(EscapeForTerminal(path), "\n"));
    }
  }
  if (status.ok()) return ExitStatus::kValid;
  console.Complain(EscapeForTerminal(ToStd(status.message())));
  return ExitStatus::kUsage;
}

}  // namespace gyre
