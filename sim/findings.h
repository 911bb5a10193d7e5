// Findings: what nodes do wrong, as it is noticed. The first of each node and kind are kept in full and the rest
// counted; the journal has all. Owned by the simulation. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/history/journal.h"

namespace gyre {

// A finding, death or bad line, in the order in which they happened.
struct RunFinding {
  Instant time;       // true virtual time
  std::string node;
  std::string kind;   // stable word: "exit", "signal", "bad-line", "missing-field", "second-reply", ...
  std::string text;   // one sentence or a few lines for people: what, where, what to do
  bool invalidates = true;
};

class Findings {
 public:
  // The journal is borrowed.
  explicit Findings(JournalWriter* journal) : journal_(journal) {}

  // `node` is the endpoint of finding.node.
  void Add(NodeId node, RunFinding finding);
  // All; those beyond the limit of a node and kind are told as one more finding each, at `now`.
  std::vector<RunFinding> Take(Instant now);

 private:
  struct Counted {
    std::string node;
    uint64_t count = 0;
  };

  JournalWriter* journal_;
  std::vector<RunFinding> findings_;
  std::map<std::pair<uint32_t, std::string>, Counted> counts_;  // by node's id and kind
};

}  // namespace gyre
