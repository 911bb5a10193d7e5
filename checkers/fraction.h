// Fractions in results, printed as the reference implementation prints its single-precision floats.
#pragma once

#include <cstdint>

namespace gyre {

// num / den rounded to single precision, as the double with the same shortest decimal: 4053/2026 is 2.000494, not
// 2.0004940032958984. REQUIRES: den > 0.
double SinglePrecision(uint64_t num, uint64_t den);

}  // namespace gyre
