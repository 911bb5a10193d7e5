#include "tools/plot/plots.h"

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/plot/performance.h"
#include "tools/plot/timeline.h"
#include "tools/run/run_files.h"

namespace gyre {

absl::StatusOr<std::vector<std::string>> DrawPlots(const std::string& directory, const History& history,
                                                   const PlotOptions& options) {
  std::vector<std::string> paths;
  absl::Status status;
  const auto write = [&](std::string_view name, const absl::StatusOr<std::string>& picture) {
    const std::string path = Concat(directory, "/", name);
    absl::Status written = picture.status();
    if (written.ok()) written = WriteFileAtomically(path, *picture);
    if (written.ok()) paths.push_back(path);
    status.Update(written);
  };
  write("latency-quantiles.svg", LatencyQuantiles(history));
  write("latency-raw.svg", LatencyRaw(history));
  write("messages.svg", SpaceTime(Concat(directory, "/", kJournalFile), options.messages));
  write("rate.svg", Rate(history));
  write("timeline.html", Timeline(history, options.calls));
  if (!status.ok()) return status;
  return paths;
}

}  // namespace gyre
