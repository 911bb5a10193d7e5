// The mini-language of tests of transactions: a history on one line.
//
//   0=ax1,rx1 1+ry_ 0+ay2 0. 1.ry2        process 0 appends 1 to x and reads [1]; 1 begins to read y; 0 appends 2 to y
//
// An entry is PROCESS, a sign, and micro-operations: = begins and completes at once, + begins, . completes as ok
// (with the values that follow, or those of the invocation), ? as info, - fails. A micro-operation is r, a (append)
// or w (write), a letter for the key, and digits: of a read list each an element, of a register one value; _ is null.
// Each entry is 1 ms after the one before.
#pragma once

#include <string_view>

#include "sim/history/op.h"

namespace gyre {

enum class Notes : uint8_t { kLists, kRegisters };

// REQUIRES: well-formed.
History ParseTxns(std::string_view line, Notes notes = Notes::kLists);

}  // namespace gyre
