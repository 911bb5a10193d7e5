// The space-time (Lamport) diagram of a journal as SVG: a line for each node, client and service, time down, an arrow
// for each message. One thread.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "sim/base/time.h"

namespace gyre {

// Which messages are drawn; times are the journal's.
struct SpaceTimeOptions {
  Instant from;
  Instant to = Instant::Max();
  size_t messages = 2000;  // the first so many that are sent within the times
};

// A row is a record of the journal, so that bursts can be read and silence takes no room. A torn journal is drawn up to
// there. Errors are the reader's for a file that is no journal.
absl::StatusOr<std::string> SpaceTime(const std::string& journal, const SpaceTimeOptions& options);

}  // namespace gyre
