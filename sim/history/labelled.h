// Histories as they are found in files, ours and others': one or many in a file, some with what is to be judged in
// them and what is expected to come of it. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

enum class Notation : uint8_t {
  kAuto,   // told from the text
  kAwdit,  // AWDIT's tests (session_text.h)
  kCases,  // {"id"?, "kind" or "workload", "opts"?, "history": [entry...], "expected"?}: one object, or one a line
  kEdn,    // Jepsen's, Knossos' and Elle's: a map for each entry, one after the other or in one list
  kGyre,   // history.jsonl
  kJson,   // an object for each entry, one a line or in one array
  kLog,    // Jepsen's log
  kPlume,  // Plume's, PolySI's and IsoVista's (session_text.h)
};
// "auto", "awdit", "cases", ...: in the order of the enum.
absl::Span<const char* const> NotationNames();
absl::StatusOr<Notation> ParseNotation(std::string_view name);

// From the first bytes. Never kAuto: what looks like nothing else is taken for EDN.
Notation NotationOf(std::string_view text);

struct LabelledHistory {
  std::string id;    // "" where the file gives none
  std::string kind;  // what judges it; "" where the file does not say
  Json opts;         // null where there are none
  Json expected;     // null where nothing is
  size_t line = 1;   // on which it begins
  Notation notation = Notation::kAuto;
  // Or why it is none: one sentence, with the line (and column) in the file.
  absl::StatusOr<History> history = History();
};

// Hands over each history of `text`. One that is broken does not keep the others from being read.
void ReadHistories(std::string_view text, Notation notation,
                   absl::FunctionRef<void(LabelledHistory history)> take);

}  // namespace gyre
