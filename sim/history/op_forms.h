// An entry of a history in the notations that files have it in. Pure functions, any thread.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "sim/base/json.h"
#include "sim/history/edn.h"
#include "sim/history/op.h"

namespace gyre {

// What an entry after `ops` has where its file does not say: its place as index, the time of the entry in front of it,
// process 0.
Op Following(const std::vector<Op>& ops);

// Fill in what a map says but the index, since a file may hold a part of a history; the rest of `op` stays. Errors say
// which member is not what it should be.
absl::Status FillFromJson(const Json& json, Op* op);
// Keywords become strings. A time before that of `op` is not taken: Jepsen's order is that of the entries. A record
// (#jepsen.history.Op{...}) is its map.
absl::Status FillFromEdn(const Edn& form, Op* op);

}  // namespace gyre
