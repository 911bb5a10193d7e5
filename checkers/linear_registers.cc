#include "checkers/linear_registers.h"

#include <algorithm>

#include "checkers/witness.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

struct HashJson {
  size_t operator()(const Json& json) const { return json.Hash(); }
};

class RegisterModel : public LinearModel {
 public:
  explicit RegisterModel(const ModelOptions& options) : options_(options), initial_(NumberOf(options.initial)) {}

  uint32_t initial() override { return initial_; }

  absl::StatusOr<std::optional<uint32_t>> KindOf(Atom f, const Json& value, CallEnd end) override {
    if (f == read_) {
      const bool silent = value.is_null() && options_.nil_read == NilRead::kWildcard;
      if (end != CallEnd::kOk || silent) return std::nullopt;
      return Number({Effect::kRead, NumberOf(value), 0});
    }
    if (f == write_) {
      if (end == CallEnd::kFail) return std::nullopt;
      return Number({Effect::kWrite, NumberOf(value), 0});
    }
    if (f != cas_ || !value.is_array() || value.AsArray().size() != 2) {
      return absl::InvalidArgumentError(Concat("a register has no ", f.text(), " of ", Quoted(value),
                                               "; expected read, write of a value, or cas of [from, to]"));
    }
    const uint32_t from = NumberOf(value.AsArray()[0]);
    const uint32_t to = NumberOf(value.AsArray()[1]);
    if (end != CallEnd::kFail) return Number({Effect::kCas, from, to});
    if (options_.failed_cas == FailedCas::kNothing) return std::nullopt;
    return Number({Effect::kMismatch, from, 0});
  }

  bool IsPure(uint32_t kind) override {
    const Call& call = calls_[kind];
    return call.effect == Effect::kRead || call.effect == Effect::kMismatch ||
           (call.effect == Effect::kCas && call.a == call.b);
  }

  uint32_t Step(uint32_t state, uint32_t kind) override {
    const Call& call = calls_[kind];
    switch (call.effect) {
      case Effect::kRead:
        return state == call.a ? state : kIllegal;
      case Effect::kWrite:
        return call.a;
      case Effect::kCas:
        return state == call.a ? call.b : kIllegal;
      case Effect::kMismatch:
        return state != call.a ? state : kIllegal;
    }
    CHECK(false);
  }

  Json Show(uint32_t state) override { return values_[state]; }

  // A crashed call whose value nobody read and no cas expected explains nothing.
  void Prune(LinearProblem* problem) override {
    for (;;) {
      std::vector<bool> wanted(values_.size(), false);
      for (const LinearCall& call : problem->calls) {
        const Call& kind = calls_[call.kind];
        if (kind.effect == Effect::kRead || kind.effect == Effect::kCas) wanted[kind.a] = true;
        // Any other value explains a failed cas.
        if (kind.effect == Effect::kMismatch) return;
      }
      const auto useless = [&](const LinearCall& call) {
        const Call& kind = calls_[call.kind];
        return call.ret == LinearCall::kNever && !wanted[kind.effect == Effect::kCas ? kind.b : kind.a];
      };
      const size_t before = problem->calls.size();
      problem->calls.erase(std::remove_if(problem->calls.begin(), problem->calls.end(), useless),
                           problem->calls.end());
      if (problem->calls.size() == before) return;
    }
  }

  std::optional<std::vector<Access>> UniqueWrites(const LinearProblem& problem) override {
    std::vector<uint32_t> writes(values_.size(), 0);
    writes[initial_] = 1;
    for (const LinearCall& call : problem.calls) {
      const Call& kind = calls_[call.kind];
      if (kind.effect == Effect::kCas || kind.effect == Effect::kMismatch) return std::nullopt;
      if (kind.effect == Effect::kWrite && ++writes[kind.a] > 1) return std::nullopt;
    }
    std::vector<Access> accesses;
    for (const Call& call : calls_) accesses.push_back({call.effect == Effect::kWrite, call.a});
    return accesses;
  }

 private:
  enum class Effect : uint8_t { kRead, kWrite, kCas, kMismatch };
  struct Call {
    Effect effect;
    uint32_t a;  // the value read or written, or expected
    uint32_t b;  // what a cas writes
  };

  uint32_t NumberOf(const Json& value) {
    const auto [found, is_new] = numbers_.try_emplace(value, static_cast<uint32_t>(values_.size()));
    if (is_new) values_.push_back(value);
    return found->second;
  }

  uint32_t Number(const Call& call) {
    CHECK(call.a < 1u << 31 && call.b < 1u << 31);
    const uint64_t first = uint64_t{static_cast<uint8_t>(call.effect)} << 32 | call.a;
    const auto [found, is_new] = kinds_.try_emplace(std::pair(first, call.b), static_cast<uint32_t>(calls_.size()));
    if (is_new) calls_.push_back(call);
    return found->second;
  }

  const Atom read_ = "read";
  const Atom write_ = "write";
  const Atom cas_ = "cas";
  ModelOptions options_;
  std::vector<Json> values_;
  std::vector<Call> calls_;
  absl::flat_hash_map<Json, uint32_t, HashJson> numbers_;                     // both are looked up only
  absl::flat_hash_map<std::pair<uint64_t, uint32_t>, uint32_t> kinds_;
  uint32_t initial_;
};

}  // namespace

std::unique_ptr<LinearModel> MakeRegister(const ModelOptions& options) {
  return std::make_unique<RegisterModel>(options);
}

}  // namespace gyre
