#include "sim/base/time.h"

#include "absl/strings/str_format.h"

namespace gyre {

std::string FormatSeconds(int64_t ns) {
  const uint64_t magnitude = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  std::string text = absl::StrFormat("%s%d.%09d", ns < 0 ? "-" : "", magnitude / 1000000000, magnitude % 1000000000);
  size_t keep = text.size();
  while (text[keep - 1] == '0' && text[keep - 4] != '.') --keep;
  text.resize(keep);
  return text + "s";
}

}  // namespace gyre
