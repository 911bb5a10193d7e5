// A valid kafka history of any length, as a good run would have it, to measure its checker with.
#pragma once

#include <cstdint>

#include "sim/history/op.h"

namespace gyre {

// `operations` sends, polls and assigns of a few processes that overlap, and after them polls of all messages from
// their beginning. Ten keys are in use at a time; each process polls those, each from where it was.
History MakeKafkaHistory(uint64_t operations);

}  // namespace gyre
