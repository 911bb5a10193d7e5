// All pictures of a stored run, as files in its directory. One thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/history/op.h"
#include "tools/plot/space_time.h"

namespace gyre {

struct PlotOptions {
  SpaceTimeOptions messages;
  size_t calls = 10'000;  // in timeline.html
};

// Draws messages.svg, timeline.html, latency-raw.svg, latency-quantiles.svg and rate.svg of the run whose journal is in
// `directory`. The paths. A picture whose source is missing or wrong costs that picture and an error at the end.
absl::StatusOr<std::vector<std::string>> DrawPlots(const std::string& directory, const History& history,
                                                   const PlotOptions& options);

}  // namespace gyre
