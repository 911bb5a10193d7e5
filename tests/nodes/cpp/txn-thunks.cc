// Txn-list-append with a root in the service lin-kv that has the name of a thunk for each key; thunks never change.
//
// The lists are in the service lww-kv, each version under a name of its own (NODE-NUMBER). A transaction reads the
// root and the thunks of its keys, writes new thunks for the lists that it changes, and takes effect when the root,
// with their names, is set; else it is refused (30, txn-conflict). A thunk that a replica of lww-kv does not have yet
// is asked for until it does: that nobody changes it makes an eventually consistent service good enough.

#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include "node.h"
#include "txn.h"

namespace {

constexpr std::chrono::milliseconds kRetryInterval{10};

class Thunks {
 public:
  explicit Thunks(Node& node) : node_(node) {}

  json Run(const json& txn) {
    const json read = Ask(node_, "lin-kv", {{"type", "read"}, {"key", "root"}});
    const json before = IsError(read) ? json::object() : read.at("value");
    std::map<std::string, json> lists;
    for (const json& op : txn) {
      const std::string key = op.at(1).dump();
      if (before.contains(key)) lists[key];
    }
    for (auto& [key, list] : lists) list = ReadThunk(before.at(key));
    json done = txn;
    std::set<std::string> changed;
    for (json& op : done) {
      const std::string key = op.at(1).dump();
      if (op.at(0) == "append") {
        lists[key] = After("append", lists[key], op.at(2));
        changed.insert(key);
      } else {
        op.at(2) = lists[key];
      }
    }
    if (!changed.empty()) Commit(before, lists, changed);
    return done;
  }

 private:
  json ReadThunk(const json& name) {
    for (;;) {
      const json reply = Ask(node_, "lww-kv", {{"type", "read"}, {"key", name}});
      if (!IsError(reply)) return reply.at("value");
      std::this_thread::sleep_for(kRetryInterval);
    }
  }

  void Commit(const json& before, const std::map<std::string, json>& lists, const std::set<std::string>& changed) {
    json after = before;
    for (const std::string& key : changed) {
      const std::string name = node_.id() + "-" + std::to_string(++thunks_);
      Ask(node_, "lww-kv", {{"type", "write"}, {"key", name}, {"value", lists.at(key)}});
      after[key] = name;
    }
    const json reply = Ask(node_, "lin-kv", {{"type", "cas"}, {"key", "root"}, {"from", before}, {"to", after},
                                             {"create_if_not_exists", true}});
    if (IsError(reply)) throw Refused{30, "the root was set by another transaction"};
  }

  Node& node_;
  std::atomic<int> thunks_ = 0;
};

}  // namespace

int main() {
  Node node;
  Thunks thunks(node);
  ServeTxns(node, [&thunks](const json& txn) { return thunks.Run(txn); });
  node.Run();
}
