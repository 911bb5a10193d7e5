// The search for a linearization: an order of the calls in which each takes effect between its invocation and its
// return, and which a sequential object allows. The essay is in linear_search.cc. Values; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"

namespace gyre {

// A call of a history, ready for the search. Calls that did not happen (:fail) are left out before.
struct LinearCall {
  static constexpr uint32_t kNever = 0xffffffff;
  uint32_t invoke = 0;       // positions in the history
  uint32_t ret = kNever;     // kNever: it may have taken effect, or do so at any time
  uint32_t kind = 0;         // calls of one kind have the same effect, arguments and result
};

struct LinearProblem {
  std::vector<LinearCall> calls;   // by invoke
  uint32_t initial = 0;            // a state
  // By kind: whether a call of it never changes any state.
  std::vector<bool> pure;
};

// A place in the search: calls linearized so far, told from the last one on.
struct LinearPath {
  std::vector<uint32_t> calls;   // in the order in which they took effect, indices into LinearProblem::calls
  std::vector<uint32_t> states;  // after each
};

struct LinearOutcome {
  enum class Answer : uint8_t { kLinearizable, kNot, kGaveUp };
  Answer answer = Answer::kLinearizable;
  uint64_t steps = 0;
  // Of kNot: the call whose return no order reaches; all earlier returns are reached by some.
  uint32_t stuck = 0;
  // kNot: the longest orders that reach all returns before that one, at most kMostPaths, of different states.
  // kLinearizable: one whole order.
  std::vector<LinearPath> paths;
  uint64_t path_count = 0;       // how many orders (up to equivalence) there were
};

inline constexpr size_t kMostPaths = 8;
inline constexpr uint32_t kIllegal = 0xffffffff;

// The state after a call of `kind` in `state`, or kIllegal. Must always answer the same.
using Transition = absl::FunctionRef<uint32_t(uint32_t state, uint32_t kind)>;

// `budget` bounds the steps, each the trial of one call in one state.
LinearOutcome FindLinearization(const LinearProblem& problem, Transition transition, uint64_t budget);

}  // namespace gyre
