// A small history of each kind that a judge knows, and texts in each notation: what fuzzing begins with, and what is
// cut off at every entry. Constant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sim/history/op.h"

namespace gyre {

struct SampleRow {
  const char* kind;
  const char* line;  // in the notation of tests/checkers/notation.h; entries of process 9 are of the final phase
};
// In the order of kinds; every kind has one.
absl::Span<const SampleRow> SampleHistories();
History HistoryOf(const SampleRow& row);

// For a target that reads texts, by its name.
std::vector<std::string> SampleTexts(std::string_view target);

}  // namespace gyre
