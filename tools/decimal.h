// Exact decimals: what people type as 0.5 or 12.25 becomes a Ratio or a Duration without floating point, and is
// printed back as the shortest decimal. Plain values, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"

namespace gyre {

// "20", "0.5", ".25": digits with at most one point, at most 18 digits in all. The denominator is a power of ten.
// Errors end a sentence that begins with the option's name: "'1e3' is not a decimal number".
absl::StatusOr<Ratio> ParseDecimal(std::string_view text);
// The shortest decimal of a Ratio whose denominator is a power of ten. REQUIRES: it is one.
std::string FormatDecimal(Ratio ratio);

// A length of time: a decimal in `unit`, or with one of the suffixes ns, us, ms, s of its own ("50us"). Not
// negative; whole nanoseconds.
absl::StatusOr<Duration> ParseDuration(std::string_view text, Duration unit);
// The shortest decimal of `duration` in `unit`. REQUIRES: `unit` is a power of ten nanoseconds.
std::string FormatDuration(Duration duration, Duration unit);

// A whole number in [min, max].
absl::StatusOr<uint64_t> ParseWhole(std::string_view text, uint64_t min, uint64_t max);

}  // namespace gyre
