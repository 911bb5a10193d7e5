// The scan of a set's history: what happened to each element. The algorithm of set_full.cc, apart from its results.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/set_full.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

// One element's life. Positions in the history, History::kNone for "never".
struct SetElement {
  const Json* value = nullptr;               // in the history
  uint32_t add = History::kNone;             // the last invocation that adds it; what was seen before does not count
  uint32_t known = History::kNone;           // the completion from which on it is known to be in the set
  uint32_t last_present = History::kNone;    // the latest invocation of a read that returned it
  uint32_t last_absent = History::kNone;     // the latest invocation of a read that did not
  uint32_t unexpected_in = History::kNone;   // the first read that returned it before any add was invoked
  uint32_t duplicated_in = History::kNone;   // the first read that returned the most copies of it
  uint32_t copies = 0;                       // the most in one read
  // Of the scan:
  uint32_t seen_in = History::kNone;         // the last read looked at that returned it
  uint32_t seen_copies = 0;                  // so far in that read
};

struct SetScan {
  std::vector<SetElement> elements;  // every element that was added or read, in order of appearance
  uint32_t reads = 0;                // acknowledged reads
  uint32_t unreadable = History::kNone;  // the first acknowledged read whose value is no array
};

SetScan ScanSet(const History& history, Atom add);

}  // namespace gyre
