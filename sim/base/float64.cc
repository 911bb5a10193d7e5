#include "sim/base/float64.h"

#include <charconv>
#include <cmath>
#include <string>

namespace gyre {
namespace {

constexpr double kExactBelow = 9007199254740992.0;  // 2^53: every integer up to here is a float64

bool IsInteger(const Json& value) {
  return value.is_number() && value.kind() != Json::Kind::kDouble;
}

// The nearest float64 of any number, whatever its kind.
double Nearest(const Json& number) {
  if (number.kind() != Json::Kind::kBigInteger) return number.AsDouble();
  const std::string& digits = number.AsString();
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

bool ChangedByFloat64(const Json& sent, const Json& received) {
  if (!IsInteger(sent) || !received.is_number() || sent == received) return false;
  const double nearest = Nearest(sent);
  return std::fabs(nearest) >= kExactBelow && nearest == Nearest(received);
}

bool IsBeyondFloat64(const Json& value) {
  return value.kind() == Json::Kind::kDouble && std::fabs(value.AsDouble()) >= kExactBelow;
}

}  // namespace gyre
