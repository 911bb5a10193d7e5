// Txn-list-append and txn-rw-register by two-phase locking, with locks and values in the service lin-kv.
//
// A lock is a key `lock-KEY` that is set from "free" to the transaction's name by cas. A transaction first takes the
// locks of all its keys, in their order, so that none waits for another in a circle; then it reads and writes; then it
// gives them back. What waits too long gives back what it has and is refused (30, txn-conflict). A node that is killed
// keeps its locks for ever. Strictly serializable.
//
// Wrong on purpose with `--bug lost-update`, found within the 200 seeds of
//
//     gyre sweep -w txn-rw-register --bin cpp-txn-2pl --seeds 1-200 --rate 100 --time-limit 5
//         --consistency-models cursor-stability -- --bug lost-update
//
// It reads first, and locks only what it writes. Right for read-committed.

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include "node.h"
#include "txn.h"

namespace {

constexpr int kTries = 40;
constexpr int kBackOff = 20;  // ms, at most

class TwoPhaseLocking {
 public:
  TwoPhaseLocking(Node& node, const std::string& bug) : node_(node), reads_first_(bug == "lost-update") {}

  json Run(const json& txn) {
    std::map<json, json> values;
    std::set<json> locked;
    std::set<json> written;
    for (const json& op : txn) {
      values[op.at(1)];
      if (op.at(0) != "r" || !reads_first_) locked.insert(op.at(1));
      if (op.at(0) != "r") written.insert(op.at(1));
    }
    if (reads_first_) Read(&values);
    const Locks locks(this, locked);
    if (!reads_first_) Read(&values);
    json done = txn;
    for (json& op : done) {
      json& value = values.at(op.at(1));
      if (op.at(0) == "r") {
        op.at(2) = value;
      } else {
        value = After(op.at(0), value, op.at(2));
      }
    }
    for (const json& key : written) {
      AskKv({{"type", "write"}, {"key", "value-" + key.dump()}, {"value", values.at(key)}});
    }
    return done;
  }

 private:
  // Holds the locks of some keys for as long as it lives.
  class Locks {
   public:
    Locks(TwoPhaseLocking* self, const std::set<json>& keys)
        : self_(self), owner_(self->node_.id() + "-" + std::to_string(++self->transactions_)) {
      for (const json& key : keys) {
        if (!self_->Lock(key, owner_)) {
          Free();
          throw Refused{30, "key " + key.dump() + " is locked for too long"};
        }
        held_.insert(key);
      }
    }
    ~Locks() { Free(); }
    Locks(const Locks&) = delete;
    Locks& operator=(const Locks&) = delete;

   private:
    void Free() {
      for (const json& key : held_) {
        self_->node_.Call("lin-kv", {{"type", "write"}, {"key", "lock-" + key.dump()}, {"value", "free"}},
                          [](const json&) {});
      }
      held_.clear();
    }

    TwoPhaseLocking* self_;
    const std::string owner_;
    std::set<json> held_;
  };

  bool Lock(const json& key, const std::string& owner) {
    for (int i = 0; i < kTries; ++i) {
      const json reply = AskKv({{"type", "cas"}, {"key", "lock-" + key.dump()}, {"from", "free"}, {"to", owner},
                                {"create_if_not_exists", true}});
      if (!IsError(reply)) return true;
      std::this_thread::sleep_for(BackOff());
    }
    return false;
  }

  std::chrono::milliseconds BackOff() {
    const std::lock_guard lock(mutex_);
    return std::chrono::milliseconds(std::uniform_int_distribution<int>(0, kBackOff)(random_));
  }

  void Read(std::map<json, json>* values) {
    for (auto& [key, value] : *values) {
      const json reply = AskKv({{"type", "read"}, {"key", "value-" + key.dump()}});
      value = IsError(reply) ? json() : reply.at("value");
    }
  }

  json AskKv(const json& body) { return Ask(node_, "lin-kv", body); }

  Node& node_;
  const bool reads_first_;
  std::atomic<int> transactions_ = 0;
  std::mutex mutex_;  // Guards random_.
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  TwoPhaseLocking database(node, ChosenBug(argc, argv, {"lost-update"}));
  ServeTxns(node, [&database](const json& txn) { return database.Run(txn); });
  node.Run();
}
