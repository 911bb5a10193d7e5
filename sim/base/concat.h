// Concat, AppendInteger, and the bridge between std::string_view, which gyre uses, and abseil's own string_view: Debian
// builds abseil with a class of its own, which takes no std::string_view. Pure functions, any thread.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace gyre {

inline absl::string_view ToAbsl(std::string_view text) { return absl::string_view(text.data(), text.size()); }
inline std::string_view ToStd(absl::string_view text) { return std::string_view(text.data(), text.size()); }

// Strings and numbers one after the other: absl::StrCat that also takes std::string_view.
template <typename... Parts>
std::string Concat(const Parts&... parts) {
  [[maybe_unused]] const auto bridge = [](const auto& part) -> decltype(auto) {
    if constexpr (std::is_same_v<std::decay_t<decltype(part)>, std::string_view>) {
      return ToAbsl(part);
    } else {
      return (part);
    }
  };
  return absl::StrCat(bridge(parts)...);
}

// Appends the integer's decimal digits.
template <typename Integer>
void AppendInteger(Integer value, std::string* out) {
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out->append(digits, static_cast<size_t>(end - digits));  // appending a range of iterators takes three times as long
}

}  // namespace gyre
