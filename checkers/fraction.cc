#include "checkers/fraction.h"

#include <charconv>

#include "sim/base/check.h"

namespace gyre {

double SinglePrecision(uint64_t num, uint64_t den) {
  CHECK(den > 0);
  const float single = static_cast<float>(static_cast<double>(num) / static_cast<double>(den));
  char text[32];
  const std::to_chars_result written = std::to_chars(text, text + sizeof(text), single);
  double value = 0;
  std::from_chars(text, written.ptr, value);
  return value;
}

}  // namespace gyre
