// The names of consistency models: those that people use, and Adya's. Constant.
#pragma once

#include <string_view>

#include "absl/types/span.h"

namespace gyre {

// All that a checker of transactions can be asked for. Alphabetical, as bytes compare.
absl::Span<const std::string_view> ConsistencyModelNames();

}  // namespace gyre
