// The mini-language of these tests: a history on one line.
//
//   0:add1 1:r 0:ok 1:ok[1]        process 0 adds 1, process 1 reads meanwhile, both succeed
//
// An entry is PROCESS:WORD. A word that is ok, fail or info, perhaps with a JSON value after it, completes the open
// operation of the process; without a value it keeps the invocation's. Any other word invokes: the operation's letters
// (r is read, gen is generate), then its JSON value, if any. info!Boom also has an exception of class Boom. n:WORD is
// an entry of the nemesis. Each entry is 1 ms after the one before; @50 sets the time of the next to 50 ms.
// No spaces inside JSON.
#pragma once

#include <string_view>

#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

// REQUIRES: well-formed.
History Parse(std::string_view line);

// JSON with ' for ", for readable tables. REQUIRES: well-formed.
Json FromJson(std::string_view text);

}  // namespace gyre
