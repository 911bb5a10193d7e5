// Journal records as lines for people, which records of a journal to show, and where two journals part. One thread.
#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/history/journal.h"

namespace gyre {

// Which records to show; empty or widest means all.
struct JournalFilter {
  std::string node;  // has a part in it, as its place, source or destination
  std::string type;  // of the message's body, or the kind of the record
  Instant from;
  Instant to = Instant::Max();
};

// Calls `print` with a line (without newline, escaped for terminals) for each record that passes.
absl::Status PrintJournal(const std::string& path, const JournalFilter& filter,
                          absl::FunctionRef<void(std::string_view line)> print);

// Where two journals part: the number of the record, from 0, and both lines, "(end)" where one has ended.
struct JournalDifference {
  uint64_t record = 0;
  std::string left;
  std::string right;
};
absl::StatusOr<std::optional<JournalDifference>> FirstDifference(const std::string& left, const std::string& right);

}  // namespace gyre
