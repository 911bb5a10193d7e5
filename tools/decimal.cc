#include "tools/decimal.h"

#include "absl/strings/numbers.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kMaxDigits = 18;  // 10^18 fits in 64 bits with room to spare

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

struct Suffix {
  std::string_view text;
  int64_t ns;
};
// Longest first, since "s" ends them all.
constexpr Suffix kSuffixes[] = {{"ms", 1'000'000}, {"ns", 1}, {"us", 1'000}, {"s", 1'000'000'000}};

}  // namespace

absl::StatusOr<Ratio> ParseDecimal(std::string_view text) {
  Ratio ratio;
  size_t digits = 0;
  bool point = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!IsDigit(c)) return absl::InvalidArgumentError(Concat("'", text, "' is not a decimal number"));
    if (++digits > kMaxDigits) {
      return absl::InvalidArgumentError(Concat("'", text, "' has more than ", kMaxDigits, " digits"));
    }
    ratio.num = ratio.num * 10 + static_cast<uint64_t>(c - '0');
    if (point) ratio.den *= 10;
  }
  if (digits == 0) return absl::InvalidArgumentError(Concat("'", text, "' is not a decimal number"));
  while (ratio.den > 1 && ratio.num % 10 == 0) {
    ratio.num /= 10;
    ratio.den /= 10;
  }
  return ratio;
}

std::string FormatDecimal(Ratio ratio) {
  size_t places = 0;
  for (uint64_t den = ratio.den; den > 1; den /= 10) {
    CHECK(den % 10 == 0);
    ++places;
  }
  const std::string digits = Concat(ratio.num);
  if (places == 0) return digits;
  const size_t missing = digits.size() > places ? 0 : places + 1 - digits.size();
  const std::string padded = Concat(std::string(missing, '0'), digits);
  std::string fraction = padded.substr(padded.size() - places);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return Concat(padded.substr(0, padded.size() - places), fraction.empty() ? "" : ".", fraction);
}

absl::StatusOr<Duration> ParseDuration(std::string_view text, Duration unit) {
  std::string_view number = text;
  int64_t ns_each = unit.ns();
  for (const Suffix& suffix : kSuffixes) {
    if (number.size() <= suffix.text.size() || number.substr(number.size() - suffix.text.size()) != suffix.text)
      continue;
    number.remove_suffix(suffix.text.size());
    ns_each = suffix.ns;
    break;
  }
  const absl::StatusOr<Ratio> ratio = ParseDecimal(number);
  if (!ratio.ok()) {
    return absl::InvalidArgumentError(Concat("'", text, "' is not a length of time such as 10, 0.5 or 50us"));
  }
  // Both are powers of ten, so one divides the other.
  const uint64_t each = static_cast<uint64_t>(ns_each);
  const uint64_t fraction = ratio->den > each ? ratio->den / each : 1;
  const uint64_t factor = ratio->den > each ? 1 : each / ratio->den;
  if (ratio->num % fraction != 0) {
    return absl::InvalidArgumentError(Concat("'", text, "' is finer than a nanosecond"));
  }
  // A year: far below where sums of instants could overflow.
  constexpr uint64_t kLongest = uint64_t{366} * 24 * 3600 * 1'000'000'000;
  if (ratio->num / fraction > kLongest / factor) {
    return absl::InvalidArgumentError(Concat("'", text, "' is more than a year"));
  }
  const uint64_t ns = ratio->num / fraction * factor;
  return Duration(static_cast<int64_t>(ns));
}

std::string FormatDuration(Duration duration, Duration unit) {
  return FormatDecimal({static_cast<uint64_t>(duration.ns()), static_cast<uint64_t>(unit.ns())});
}

absl::StatusOr<uint64_t> ParseWhole(std::string_view text, uint64_t min, uint64_t max) {
  uint64_t value = 0;
  const bool number = !text.empty() && IsDigit(text[0]) && absl::SimpleAtoi(ToAbsl(text), &value);
  if (number && value >= min && value <= max) return value;
  if (max == UINT64_MAX) {
    return absl::InvalidArgumentError(Concat("'", text, "' is not a whole number from ", min, " on"));
  }
  return absl::InvalidArgumentError(Concat("'", text, "' is not a whole number from ", min, " to ", max));
}

}  // namespace gyre
