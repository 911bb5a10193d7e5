// The sequential objects that a history can be judged against. A model numbers the states and the kinds of calls that
// it meets, so that the search compares numbers. Owned by one check. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "checkers/linear_search.h"
#include "sim/base/atom.h"
#include "sim/base/json.h"

namespace gyre {

// What a read of null says.
enum class NilRead : uint8_t {
  kWildcard,  // nothing, as in Knossos
  kLiteral,   // the value was null: there was none
};
// What a cas that ended as :fail says.
enum class FailedCas : uint8_t {
  kNothing,   // it did not happen, as in Knossos
  kMismatch,  // it read a value other than the one it expected
};

struct ModelOptions {
  Json initial;
  NilRead nil_read = NilRead::kWildcard;
  FailedCas failed_cas = FailedCas::kNothing;
};

// How a call ended.
enum class CallEnd : uint8_t { kOk, kFail, kNever };

class LinearModel {
 public:
  virtual ~LinearModel() = default;
  virtual uint32_t initial() = 0;
  // The kind of a call: `value` is the completion's if that was ok, else the invocation's. Nothing for a call that says
  // nothing. Errors say what is wrong with the value.
  virtual absl::StatusOr<std::optional<uint32_t>> KindOf(Atom f, const Json& value, CallEnd end) = 0;
  // Whether calls of that kind never change a state.
  virtual bool IsPure(uint32_t kind) = 0;
  // The state after a call, or kIllegal.
  virtual uint32_t Step(uint32_t state, uint32_t kind) = 0;
  virtual Json Show(uint32_t state) = 0;
  // What the states are after the last of these calls, at most `last`; each is legal, from the initial state on.
  // Where several states are one for the search, those that they stand for.
  virtual std::vector<Json> Replay(absl::Span<const uint32_t> kinds, size_t last);
  // Takes crashed calls out of the problem that can be of no use to any other.
  virtual void Prune(LinearProblem*) {}
  // Whether the history writes each value once, and reads: then, for each kind, whether it writes and which value, and
  // the zone algorithm decides. Nothing for other models and histories.
  struct Access {
    bool is_write = false;
    uint32_t value = 0;
  };
  virtual std::optional<std::vector<Access>> UniqueWrites(const LinearProblem&) { return std::nullopt; }
};

struct LinearModelRow {
  const char* name;
  const char* operations;  // what it knows, for people
  bool keyed;              // values are [key, value], and keys are objects of their own
  std::unique_ptr<LinearModel> (*make)(const ModelOptions& options);
};

// Alphabetical.
absl::Span<const LinearModelRow> LinearModels();
// nullptr when there is none of that name.
const LinearModelRow* FindLinearModel(std::string_view name);

}  // namespace gyre
