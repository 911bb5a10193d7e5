// Echo: every completed echo must carry what was sent.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// A completion's value is the whole reply body; its "echo" must equal the invocation's value. As in Maelstrom,
// info completions and open invocations are ignored, and a fail is an error. Without any ok: unknown (ours only).
// Keys: valid?, errors [["Expected a message with :echo", sent, "But received", value]...].
Verdict CheckEcho(const History& history, const CheckOptions& options);

}  // namespace gyre
