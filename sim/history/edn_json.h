// Json to Edn and back. Json has no keywords, sets and keys that are no strings; Jepsen's files do. These are the
// conventions that tell where (README.md lists them). Pure functions, any thread.
#pragma once

#include "absl/status/statusor.h"
#include "sim/base/json.h"
#include "sim/history/edn.h"
#include "sim/history/op.h"

namespace gyre {

// Keywords and symbols become strings, lists and sets arrays, keys their names, a tagged value its content.
// An error for what JSON has no number for: infinities and NaN.
absl::StatusOr<Json> ToJson(const Edn& edn);

// Writes an operation's value: strings stay strings; names of objects become keywords; the first element of a
// micro-operation ([["r", 8, null]] of txn, poll and send) is a keyword. The nemesis's: "one" and the first
// element of ["isolated", {...}] are keywords, the arrays of a grudge sets.
void AppendEdnValue(const Op& op, std::string& out);

// An operation's error: "net-timeout" and the first element of ["txn-conflict", "text"] are keywords; a string that
// is no name ("indeterminate: ...") stays one.
Edn ErrorToEdn(const Json& error);

// An operation's exception, {"class", "message"}, in the shape of Clojure's Throwable->map.
Edn ExceptionToEdn(const Json& exception);
// The reverse; any other shape becomes plain Json.
absl::StatusOr<Json> ExceptionToJson(const Edn& edn);

// A checker's results: strings that begin with ':' are keywords, names of members keywords, or numbers where they
// read as one, or strings where they can be neither; "valid?" is true, false or :unknown.
Edn ResultsToEdn(const Json& results);
// Results as results.json has them: strings without that ':'.
Json PlainResults(const Json& results);

}  // namespace gyre
