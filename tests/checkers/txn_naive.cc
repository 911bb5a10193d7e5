#include "tests/checkers/txn_naive.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/base/check.h"

namespace gyre {
namespace {

using State = std::map<std::string, Json>;  // lists, or values; without a key: nothing yet

struct NaiveTxn {
  std::vector<Json> mops;
  bool ok = false;  // else it may have happened, and what it read is not known
  int64_t process = 0;
  size_t invoked = 0;
  size_t completed = SIZE_MAX;
  std::set<std::string> writes;
};

enum class Client : uint8_t { kNone, kProcess, kRealtime };

struct NaiveModel {
  Client client = Client::kNone;
  bool snapshots = false;
};

NaiveModel ModelOf(const std::string& name) {
  const std::map<std::string, NaiveModel> models = {
      {"serializable", {Client::kNone, false}},
      {"strong-session-serializable", {Client::kProcess, false}},
      {"strict-serializable", {Client::kRealtime, false}},
      {"snapshot-isolation", {Client::kNone, true}},
      {"strong-session-snapshot-isolation", {Client::kProcess, true}},
      {"strong-snapshot-isolation", {Client::kRealtime, true}},
  };
  const auto found = models.find(name);
  CHECK_THAT(found != models.end(), name);
  return found->second;
}

std::vector<NaiveTxn> TxnsOf(const History& history) {
  std::vector<NaiveTxn> txns;
  for (size_t i = 0; i < history.size(); ++i) {
    if (history[i].type != OpType::kInvoke) continue;
    const uint32_t pair = history.pair(i);
    const bool completed = pair != History::kNone;
    if (completed && history[pair].type == OpType::kFail) continue;
    NaiveTxn txn;
    txn.ok = completed && history[pair].type == OpType::kOk;
    txn.mops = history[completed ? pair : i].value.AsArray();
    txn.process = history[i].process.value();
    txn.invoked = i;
    if (txn.ok) txn.completed = pair;
    for (const Json& mop : txn.mops) {
      if (mop.AsArray()[0].AsString() != "r") txn.writes.insert(mop.AsArray()[1].AsString());
    }
    txns.push_back(std::move(txn));
  }
  return txns;
}

bool IsNothing(const Json& value) { return value.is_null() || (value.is_array() && value.AsArray().empty()); }

// Runs the transaction on the state; false if it cannot have read what it read.
bool Execute(const NaiveTxn& txn, State* state) {
  for (const Json& mop : txn.mops) {
    const std::string& f = mop.AsArray()[0].AsString();
    Json& current = (*state)[mop.AsArray()[1].AsString()];
    const Json& value = mop.AsArray()[2];
    if (f == "w") {
      current = value;
    } else if (f == "append") {
      if (current.is_null()) current = Json::Array();
      current.AsArray().push_back(value);
    } else if (txn.ok && !(value == current || (IsNothing(value) && IsNothing(current)))) {
      return false;
    }
  }
  return true;
}

class Search {
 public:
  Search(std::vector<NaiveTxn> txns, NaiveModel model)
      : txns_(std::move(txns)), model_(model), begun_(txns_.size()), committed_(txns_.size()) {}

  bool Serial(const State& state) {
    bool all = true;
    for (size_t i = 0; i < txns_.size(); ++i) {
      if (committed_[i]) continue;
      all = all && !txns_[i].ok;
      if (!MayCome(i)) continue;
      State next = state;
      if (!Execute(txns_[i], &next)) continue;
      committed_[i] = true;
      if (Serial(next)) return true;
      committed_[i] = false;
    }
    return all;
  }

  // Steps are beginnings and commits.
  bool Snapshots(const State& state) {
    bool all = true;
    for (size_t i = 0; i < txns_.size(); ++i) {
      if (committed_[i]) continue;
      all = all && !txns_[i].ok;
      if (!begun_[i]) {
        State read = state;
        if (!MayCome(i) || !Execute(txns_[i], &read)) continue;
        begun_[i] = true;
        if (Snapshots(state)) return true;
        begun_[i] = false;
        continue;
      }
      if (Conflicts(i)) continue;
      State next = state;
      NaiveTxn writes = txns_[i];
      writes.ok = false;
      CHECK(Execute(writes, &next));
      committed_[i] = true;
      if (Snapshots(next)) return true;
      committed_[i] = false;
    }
    return all;
  }

 private:
  // Whether all that must come before transaction i has committed.
  bool MayCome(size_t i) const {
    for (size_t j = 0; j < txns_.size(); ++j) {
      if (j == i || committed_[j] || txns_[j].completed > txns_[i].invoked) continue;
      if (model_.client == Client::kRealtime) return false;
      if (model_.client == Client::kProcess && txns_[j].process == txns_[i].process) return false;
    }
    return true;
  }

  // Another one has begun that writes what transaction i writes: it would commit on an old snapshot.
  bool Conflicts(size_t i) const {
    for (size_t j = 0; j < txns_.size(); ++j) {
      if (j == i || !begun_[j] || committed_[j]) continue;
      for (const std::string& key : txns_[i].writes) {
        if (txns_[j].writes.contains(key)) return true;
      }
    }
    return false;
  }

  const std::vector<NaiveTxn> txns_;
  const NaiveModel model_;
  std::vector<bool> begun_;
  std::vector<bool> committed_;
};

}  // namespace

bool NaivelyAllowed(const History& history, const std::string& model) {
  const NaiveModel naive = ModelOf(model);
  Search search(TxnsOf(history), naive);
  return naive.snapshots ? search.Snapshots({}) : search.Serial({});
}

}  // namespace gyre
