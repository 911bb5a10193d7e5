// Coverage: what a run has put its nodes through, in a form that adds up over many runs: which types of messages came
// right behind each other at a node, and which faults took place. Values, but for DeliveryPairs: one thread.
//
// A pair is two messages that one incarnation of a node took one behind the other, whoever sent them. That, and not
// what a message makes its node send, since it is what chance decides: the program decides what it answers, and a first
// run shows nearly all of it, while most bugs of distributed systems need a message that comes before or behind another
// (Leesatapornwongsa et al., TaxDC, ASPLOS 2016: a single untimely delivery triggers more than 60% of theirs). A
// sweep that still finds new pairs has orders left to try; a pair that the protocol could have and that never comes
// says which latency, fault or rate is missing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "sim/base/json.h"

namespace gyre {

struct Coverage {
  // The type of a message, and that of the next; sorted, each once.
  std::vector<std::pair<std::string, std::string>> pairs;
  // Those that changed something: who was down already was not killed, and a partition that kept no message back was
  // none. "kill one", "loss", "partition majorities-ring", "wipe"; sorted, each once.
  std::vector<std::string> faults;

  bool operator==(const Coverage& other) const = default;
};

// {"types": ["init", "read"], "next": [[1], [1]], "faults": ["loss"]}: for each type the places of those behind it.
Json ToJson(const Coverage& coverage);
// Errors are clauses.
absl::StatusOr<Coverage> CoverageFromJson(const Json& json);

// Gathers the pairs of a run: a comparison and a bit a message.
class DeliveryPairs {
 public:
  explicit DeliveryPairs(size_t nodes) : last_(nodes, kNothing), seen_(kMaxTypes * kMaxTypes) {}

  // The node takes a message.
  void Take(size_t node, std::string_view type);
  // The node starts anew: its next message has none before it.
  void Forget(size_t node) { last_[node] = kNothing; }
  std::vector<std::pair<std::string, std::string>> Sorted() const;

 private:
  static constexpr uint32_t kMaxTypes = 256;
  static constexpr uint32_t kNothing = kMaxTypes;

  uint32_t NumberOf(std::string_view type);

  absl::flat_hash_map<std::string, uint32_t> numbers_;  // looked up only
  std::array<uint32_t, 64> recent_{};          // numbers, each where its type's length and ends send it: no hash
  std::vector<std::string> types_{"(other)"};  // by number; the first is of all that come when there is no more room
  std::vector<uint32_t> last_;                 // by node: the number of the type that it took last
  std::vector<bool> seen_;                     // the pair at first * kMaxTypes + second
};

}  // namespace gyre
