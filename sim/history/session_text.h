// Histories of registers as testers of weak isolation write them: what each session's transactions read and wrote,
// and nothing of when. Each transaction becomes an :ok operation of the process that has the session's number; one
// session follows the other. Pure functions, any thread.
//
//   AWDIT's tests: lines "r KEY VALUE" and "w KEY VALUE"; a line of '-' ends a transaction, one of '=' a session.
//   Plume's, which PolySI and IsoVista read too: lines "r(KEY,VALUE,SESSION,TRANSACTION)", "w(...)". Micro-operations
//   of one session and transaction belong together.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "sim/history/op.h"

namespace gyre {

bool IsAwditText(std::string_view text);
bool IsPlumeText(std::string_view text);

// Errors say the line, and what is wrong with it.
absl::StatusOr<History> ParseAwditText(std::string_view text);
absl::StatusOr<History> ParsePlumeText(std::string_view text);

}  // namespace gyre
