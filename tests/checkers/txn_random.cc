#include "tests/checkers/txn_random.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

constexpr int kProcesses = 3;
constexpr const char* kKeys[] = {"x", "y"};

using State = std::map<std::string, Json>;

// How much of a transaction happens at once.
enum class Database : uint8_t { kAtomic, kStepwise, kSnapshots, kLaggingReads };

struct Running {
  Json::Array mops;
  size_t done = 0;
  State snapshot;
  State writes;
};

class Generator {
 public:
  Generator(uint64_t seed, const RandomTxnOptions& options) : draw_(seed, "transactions", 0), options_(options) {
    database_ = static_cast<Database>(draw_.Below(4));
    past_.emplace_back();
  }

  History Make() {
    std::map<int, Running> running;
    uint32_t begun = 0;
    while (begun < options_.txns || !running.empty()) {
      const int process = static_cast<int>(draw_.Below(kProcesses));
      const auto found = running.find(process);
      if (found == running.end()) {
        if (begun == options_.txns) continue;
        ++begun;
        running[process] = Begin(process);
      } else if (found->second.done < found->second.mops.size()) {
        Step(&found->second);
      } else {
        End(process, &found->second);
        running.erase(found);
      }
    }
    if (options_.fully_seen) ReadAll();
    absl::StatusOr<History> history = History::Make(std::move(ops_));
    CHECK_THAT(history.ok(), history.status().ToString());
    return *std::move(history);
  }

 private:
  void Record(int process, OpType type, Json value) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
    op.time = Instant() + Milliseconds(static_cast<int64_t>(ops_.size()));
    op.process = ProcessId(process);
    op.type = type;
    op.f = Atom("txn");
    op.value = std::move(value);
    ops_.push_back(std::move(op));
  }

  Running Begin(int process) {
    Running txn;
    const uint64_t length = 1 + draw_.Below(3);
    for (uint64_t i = 0; i < length; ++i) {
      const std::string key = kKeys[draw_.Below(2)];
      const bool read = draw_.Below(2) == 0;
      const char* write = options_.notes == Notes::kLists ? "append" : "w";
      txn.mops.push_back(Json::Array{read ? "r" : write, key, read ? Json() : Json(++last_value_[key])});
    }
    Record(process, OpType::kInvoke, txn.mops);
    txn.snapshot = state_;
    if (database_ == Database::kLaggingReads) txn.snapshot = past_[draw_.Below(past_.size())];
    return txn;
  }

  void Apply(const Json& mop, State* state) const {
    Json& current = (*state)[mop.AsArray()[1].AsString()];
    if (options_.notes == Notes::kRegisters) {
      current = mop.AsArray()[2];
      return;
    }
    if (current.is_null()) current = Json::Array();
    current.AsArray().push_back(mop.AsArray()[2]);
  }

  void StepOn(State* state, Json* mop) const {
    if (mop->AsArray()[0].AsString() == "r") {
      mop->AsArray()[2] = (*state)[mop->AsArray()[1].AsString()];
    } else {
      Apply(*mop, state);
    }
  }

  void Step(Running* txn) {
    const auto rest = [&](State* state) {
      while (txn->done < txn->mops.size()) StepOn(state, &txn->mops[txn->done++]);
    };
    switch (database_) {
      case Database::kAtomic:
        rest(&state_);
        break;
      case Database::kStepwise:
        StepOn(&state_, &txn->mops[txn->done++]);
        break;
      case Database::kSnapshots:
      case Database::kLaggingReads:
        rest(&txn->snapshot);
        for (const Json& mop : txn->mops) {
          if (mop.AsArray()[0].AsString() != "r") Apply(mop, &state_);
        }
        break;
    }
    past_.push_back(state_);
  }

  void Tamper(Json::Array* mops) {
    for (Json& mop : *mops) {
      Json& value = mop.AsArray()[2];
      if (mop.AsArray()[0].AsString() != "r" || draw_.Below(8) != 0) continue;
      if (options_.notes == Notes::kRegisters) {
        value = draw_.Below(3) == 0 ? Json() : Json(1 + draw_.Below(static_cast<uint64_t>(last_value_["x"]) + 1));
      } else if (value.is_array() && !value.AsArray().empty()) {
        Json::Array& list = value.AsArray();
        if (draw_.Below(2) == 0) list.pop_back();
        else std::reverse(list.begin(), list.end());
      }
    }
  }

  void End(int process, Running* txn) {
    const uint64_t fate = options_.fully_seen ? 9 : draw_.Below(10);
    const OpType type = fate == 0 ? OpType::kInfo : fate == 1 ? OpType::kFail : OpType::kOk;
    if (type != OpType::kOk) {
      for (Json& mop : txn->mops) {
        if (mop.AsArray()[0].AsString() == "r") mop.AsArray()[2] = Json();
      }
    } else if (!options_.fully_seen) {
      Tamper(&txn->mops);
    }
    Record(process, type, txn->mops);
  }

  void ReadAll() {
    Json::Array mops;
    for (const char* key : kKeys) mops.push_back(Json::Array{"r", key, Json()});
    Record(0, OpType::kInvoke, mops);
    for (Json& mop : mops) StepOn(&state_, &mop);
    Record(0, OpType::kOk, std::move(mops));
  }

  Draw draw_;
  RandomTxnOptions options_;
  Database database_ = Database::kAtomic;
  State state_;
  std::vector<State> past_;
  std::map<std::string, int64_t> last_value_;
  std::vector<Op> ops_;
};

}  // namespace

History RandomTxns(uint64_t seed, const RandomTxnOptions& options) { return Generator(seed, options).Make(); }

}  // namespace gyre
