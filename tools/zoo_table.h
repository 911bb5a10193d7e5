// The zoo: wrong nodes with what they must be convicted of, and right ones that must not be, as a table in a file.
// Grammar in tests/README.md. Plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/run/run.h"

namespace gyre {

struct ZooRow {
  std::string group;                   // whose options it runs with
  std::string name;                    // "cpp-raft votes-twice"
  RunConfig config;                    // all but the seed
  std::vector<std::string> anomalies;  // any of them convicts; empty: a right node
  uint64_t depth = 0;                  // events that must come in one order
  std::string what;                    // what is wrong with it
};

// Errors name the line. Programs are looked for as --bin does; rows of programs that are not there are left out and
// named in `missing`.
absl::StatusOr<std::vector<ZooRow>> ParseZoo(std::string_view text, std::vector<std::string>* missing);

}  // namespace gyre
