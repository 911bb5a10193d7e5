// What a mistyped name may have meant. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gyre {

// How many letters must change, go or come to make b of a.
size_t EditDistance(std::string_view a, std::string_view b);

// Those of `names` that are nearest to `word`, if they are as near as typing errors go: up to a third of its letters,
// or two. In the order of `names`.
std::vector<std::string> NearestNames(std::string_view word, const std::vector<std::string>& names);

}  // namespace gyre
