// Delta debugging: of many things of which all together make a run fail, few that still do. Pure but for the asking.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"

namespace gyre {

// One of the ways to go on: the things that remain, ascending.
using Remaining = std::vector<size_t>;

// Asks which is the first of `count` candidates, made by `make`, that still fails; nothing if none does, or if there is
// no more time. Several may be tried at once.
using FirstFailing =
    absl::FunctionRef<std::optional<size_t>(size_t count, const std::function<Remaining(size_t)>& make)>;

// Of the things `all`, which fail together, some that still do and of which none can be left out alone, unless the time
// is over: what is then left is returned.
Remaining Minimize(Remaining all, FirstFailing first_failing);

}  // namespace gyre
