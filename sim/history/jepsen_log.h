// The log that Jepsen prints of a run, with a line for each entry of the history:
//
//     INFO  jepsen.util - 7	:invoke	:cas	[0 3]
//
// What Porcupine's tests judge, of runs against etcd. Pure, any thread.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/history/op.h"

namespace gyre {

// Whether the text has such a line at its beginning.
bool IsJepsenLog(std::string_view text);

// The entries, in order. Lines of other loggers are passed over. A completion's keyword in place of a value, as
// :timed-out, is its error. Errors name the line; a text without any entry is one.
absl::StatusOr<std::vector<Op>> ParseJepsenLog(std::string_view text);

}  // namespace gyre
