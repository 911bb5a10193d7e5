// Set-full: elements are added one by one and read all at once; an element that was known to be in the set must not
// be missing from the last reads. Judges broadcast and g-set.
//
// An element is known from its acknowledged add or from the first read that returned it, whichever completed first.
// It is stable if the read that was invoked last of all that could return it did; lost if one invoked after it was
// known, and after every read that returned it, did not; else never-read. Jepsen's definition (checker.clj,
// set-full), in time linear in the total size of all reads.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/base/atom.h"
#include "sim/history/op.h"

namespace gyre {

struct SetFullOptions {
  Atom add = "add";           // the operation that adds an element; results call it add, whatever it is
  bool linearizable = false;  // also invalid when an element appeared late (at least 1 ms)
};

// Keys: valid?, attempt-count, stable-count, lost-count, lost, never-read-count, never-read, stale-count, stale,
// worst-stale, stable-latencies, lost-latencies (ms by quantile; only when there are any), duplicated-count,
// duplicated {element: most copies in one read}. Unknown when no element was stable and none lost.
//
// Ours also has unexpected-count and unexpected: elements that a read returned before any add of them was invoked.
// They and duplicates make the history invalid; the reference implementation never finds either.
Verdict CheckSetFull(const History& history, const CheckOptions& options, const SetFullOptions& set = {});

}  // namespace gyre
