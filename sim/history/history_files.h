// A history as a file: history.jsonl, which is ours (grammar in README.md), and Jepsen's history.edn and
// history.txt. Pure functions but for ReadHistory and WriteHistory; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/history/op.h"

namespace gyre {

inline constexpr int kHistoryVersion = 1;

enum class HistoryFormat : uint8_t {
  kEdn,        // one map a line, as Jepsen writes it; reads all of Jepsen's, Elle's and Knossos' forms
  kJsonLines,  // a header line, then one object a line; reads back equal
  kText,       // for people: process, type, f, value, error; tabs between; not read
};
// kEdn of a name that ends in ".edn", kText of ".txt", else kJsonLines.
HistoryFormat FormatOf(std::string_view path);

// The line of one entry, without newline.
void AppendLine(const Op& op, HistoryFormat format, std::string& out);
// The whole file.
std::string PrintHistory(const History& history, HistoryFormat format);

// Errors name the line or the entry. Entries without index, time or process get their place, the time of
// the entry before and process 0. From EDN: keywords become strings, the entry's place replaces its index, and
// a time before that of the previous entry is raised to it (Jepsen's order is that of the entries).
// REQUIRES: format is not kText.
absl::StatusOr<History> ParseHistory(std::string_view text, HistoryFormat format);

// By FormatOf(path). Errors name the file.
absl::StatusOr<History> ReadHistory(const std::string& path);
// To several files at once, each by FormatOf its path. REQUIRES nothing at the paths. One that cannot be written does
// not keep the others from it; the first error is told.
absl::Status WriteHistory(const History& history, const std::vector<std::string>& paths);

}  // namespace gyre
