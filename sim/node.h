// Node: anything that takes messages and sends messages in virtual time. Process nodes (sim/host), services and
// in-memory test nodes implement it. Values in, values out: a node never calls back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sim/base/time.h"

namespace gyre {

// How a node's life ended.
struct NodeDeath {
  bool by_signal = false;
  int code = 0;               // exit status or signal number
  bool by_request = false;    // killed by Kill, not by itself
};

// Something that the node did wrong, or that the host could not allow: one sentence, for people.
struct NodeFinding {
  // A stable word for grouping: "output-limit", "partial-line", "refused-call", "limit-threads", ...
  std::string kind;
  std::string text;
  // A finding that makes the run invalid; others are only told.
  bool invalidates = false;
};

struct StepResult {
  // The complete lines the node wrote, in order, without their newlines, exactly as written: validated by
  // the simulation, not here. All of them leave at `output_at`.
  std::vector<std::string> lines;
  LocalInstant output_at;             // E of semantics.md: also the earliest instant of the next input
  // When the node wants to run again if nothing comes: its earliest deadline, or, if it was cut off by
  // `until`, the instant it had reached. Max() for never.
  LocalInstant wake_at = LocalInstant::Max();
  std::string log;                    // what it wrote to stderr, raw
  std::optional<NodeDeath> death;
  std::vector<NodeFinding> findings;
  // The run cannot go on deterministically (the step's wall limit was reached): why, naming node, thread and
  // virtual time.
  std::optional<std::string> stuck;
};

// What a node finds in its private directories when it starts.
enum class Files : uint8_t {
  kEmpty,
  kKept,  // what its last incarnation left there
};

// A node's life is Start, Steps and a Kill, and then perhaps a Start again, as another incarnation. Nothing happens in
// it between two steps: who does not step it has paused it, and the next Step goes on at its `now` (sim/servers.h).
class Node {
 public:
  virtual ~Node() = default;

  // Starts the program at `now`. It first runs in the first Step. An error is the user's or the machine's
  // (no such program); the program's own misbehaviour comes from Step.
  // REQUIRES: the first incarnation finds nothing; a later one comes after the end of the one before.
  virtual absl::Status Start(LocalInstant now, uint32_t incarnation, Files files) = 0;

  // Runs the node from `now` until it is quiescent or its own time reaches `until`. Each line of `inbox` has
  // no newline. REQUIRES: started, alive, now >= the last output_at.
  virtual StepResult Step(LocalInstant now, absl::Span<const std::string> inbox, LocalInstant until) = 0;

  // Ends the node at once. Idempotent. Whatever it wrote since its last step is in the result.
  virtual StepResult Kill(LocalInstant now) = 0;
};

}  // namespace gyre
