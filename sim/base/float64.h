// What a JSON library that knows only float64 numbers does to integers. Pure.
#pragma once

#include "sim/base/json.h"

namespace gyre {

// True when `received` is the nearest float64 of the integer `sent`, which lies beyond 2^53, and not `sent` itself.
bool ChangedByFloat64(const Json& sent, const Json& received);

// Whether a number is a float64 so large that neighbouring integers are rounded to it.
bool IsBeyondFloat64(const Json& value);

}  // namespace gyre
