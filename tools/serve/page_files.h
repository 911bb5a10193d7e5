// The files of the web page, embedded when gyre is built (embed.py). Plain data.
#pragma once

#include <string_view>

#include "absl/types/span.h"

namespace gyre {

struct PageFile {
  std::string_view name;  // "main.js"
  std::string_view type;  // of its content, as HTTP has it
  std::string_view bytes;
};
// Alphabetical.
absl::Span<const PageFile> PageFiles();

}  // namespace gyre
