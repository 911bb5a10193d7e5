// Histories and options made of a fuzzer's bytes: most are well-formed and nearly make sense, so that they get far
// into a checker; now and then a value is anything at all. Pure functions, any thread.
#pragma once

#include <vector>

#include "sim/base/json.h"
#include "sim/history/op.h"
#include "tests/fuzz/bytes.h"
#include "tools/run/judges.h"

namespace gyre {

// Any JSON: numbers of all sizes and kinds, strings, lists and objects in one another.
Json MakeAnything(Bytes& bytes);
// Entries with the operations that histories of this kind have: completed in all ways, unpaired, the nemesis's.
std::vector<Op> MakeOps(const Judge& judge, Bytes& bytes);
// Null, or an object of options that `judge` knows.
Json MakeOpts(const Judge& judge, Bytes& bytes);
CheckOptions MakeCheckOptions(Bytes& bytes);

}  // namespace gyre
