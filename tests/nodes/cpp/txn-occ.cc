// Txn-list-append and txn-rw-register by optimistic concurrency control on several versions (Kung and Robinson, "On
// Optimistic Methods for Concurrency Control", 1981).
//
// The first node has the store: all versions of each key, each with the number of its commit. The node that a client
// asks coordinates: it reads at the snapshot of its first read, keeps what is written to itself, and has the store
// commit it all at once. The store refuses (30, txn-conflict) what read or writes a key that has a version newer than
// the snapshot; what has read nothing has no snapshot, and nothing is newer. Strictly serializable.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w WORKLOAD --bin cpp-txn-occ --seeds 1-200 --rate 100 --time-limit 5 --consistency-models MODEL
//         -- --bug NAME
//
// dirty-read: what is to be committed is read by others while the store decides, be it refused in the end. WORKLOAD
//     txn-rw-register, MODEL read-committed: G1a. Right for read-uncommitted
// lost-update: the store refuses nothing. WORKLOAD txn-rw-register, MODEL cursor-stability: lost-update. Right for
//     read-committed
// non-repeatable-read: reads the newest version each time. WORKLOAD txn-list-append, MODEL read-atomic: internal.
//     Right for read-committed
// write-skew: the store looks at what is written only: snapshot isolation. WORKLOAD txn-list-append, MODEL
//     serializable: G2-item. Right for snapshot-isolation

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "node.h"
#include "txn.h"

namespace {

// What a key is after its value was `old`, and `written` was written: one value, or a list of more elements.
json Combined(json old, const json& written) {
  if (!written.is_array()) return written;
  if (old.is_null()) old = json::array();
  old.insert(old.end(), written.begin(), written.end());
  return old;
}

class Store {
 public:
  Store(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("read", [this](const json& message) { OnRead(message); });
    node.On("prepare", [this](const json& message) {
      undecided_[Name(message)] = message.at("body").at("writes");
      node_.Reply(message, {{"type", "prepare_ok"}});
    });
    node.On("commit", [this](const json& message) { OnCommit(message); });
  }

 private:
  struct Version {
    std::int64_t commit = 0;
    json value;
  };

  static json Name(const json& message) { return json::array({message.at("src"), message.at("body").at("id")}); }

  // The newest version that is no newer than the snapshot.
  Version Visible(const json& key, std::int64_t snapshot) const {
    const auto versions = versions_.find(key);
    if (versions == versions_.end()) return {};
    for (auto version = versions->second.rbegin(); version != versions->second.rend(); ++version) {
      if (version->commit <= snapshot) return *version;
    }
    return {};
  }

  void OnRead(const json& message) {
    const json& body = message.at("body");
    const bool newest = body.at("snapshot").is_null() || bug_ == "non-repeatable-read";
    const std::int64_t snapshot = newest ? commits_ : body.at("snapshot").get<std::int64_t>();
    json value = Visible(body.at("key"), snapshot).value;
    for (const auto& [name, writes] : undecided_) {
      for (const json& write : writes) {
        if (write.at(0) == body.at("key")) value = write.at(1);
      }
    }
    node_.Reply(message, {{"type", "read_ok"}, {"value", value}, {"snapshot", snapshot}});
  }

  void OnCommit(const json& message) {
    const json& body = message.at("body");
    undecided_.erase(Name(message));
    if (Conflicts(body)) {
      return Refuse(node_, message, {30, "another transaction has written what this one read or writes"});
    }
    ++commits_;
    for (const json& write : body.at("writes")) {
      const json value = Combined(Visible(write.at(0), commits_).value, write.at(1));
      versions_[write.at(0)].push_back({commits_, value});
    }
    node_.Reply(message, {{"type", "commit_ok"}});
  }

  bool Conflicts(const json& commit) const {
    if (bug_ == "lost-update" || commit.at("snapshot").is_null()) return false;
    std::vector<json> looked_at;
    for (const json& write : commit.at("writes")) looked_at.push_back(write.at(0));
    if (bug_ != "write-skew") looked_at.insert(looked_at.end(), commit.at("reads").begin(), commit.at("reads").end());
    const std::int64_t snapshot = commit.at("snapshot");
    return std::any_of(looked_at.begin(), looked_at.end(),
                       [&](const json& key) { return Visible(key, commits_).commit > snapshot; });
  }

  Node& node_;
  const std::string bug_;
  std::map<json, std::vector<Version>> versions_;  // Of each key, the oldest first.
  std::int64_t commits_ = 0;
  std::map<json, json> undecided_;  // Of each transaction, the writes that dirty-read shows.
};

class Coordinator {
 public:
  Coordinator(Node& node, const std::string& bug) : node_(node), bug_(bug) {}

  json Run(const json& txn) {
    json snapshot;
    json reads = json::array();
    std::map<json, json> writes;
    json done = txn;
    for (json& op : done) {
      const json& key = op.at(1);
      if (op.at(0) == "w") {
        writes[key] = op.at(2);
      } else if (op.at(0) == "append") {
        writes[key] = After("append", writes[key], op.at(2));
      } else {
        const json reply = AskStore({{"type", "read"}, {"key", key}, {"snapshot", snapshot}});
        if (snapshot.is_null()) snapshot = reply.at("snapshot");
        reads.push_back(key);
        op.at(2) = writes.contains(key) ? Combined(reply.at("value"), writes.at(key)) : reply.at("value");
      }
    }
    if (writes.empty()) return done;
    json commit = {{"id", ++transactions_}, {"snapshot", snapshot}, {"reads", reads}, {"writes", Pairs(writes)}};
    if (bug_ == "dirty-read") {
      commit["type"] = "prepare";
      AskStore(commit);
    }
    commit["type"] = "commit";
    AskStore(commit);
    return done;
  }

 private:
  json AskStore(const json& body) {
    const json reply = Ask(node_, FirstNode(node_), body);
    if (IsError(reply)) throw Refused{reply.at("code"), reply.at("text")};
    return reply;
  }

  Node& node_;
  const std::string bug_;
  std::atomic<int> transactions_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string bug =
      ChosenBug(argc, argv, {"dirty-read", "lost-update", "non-repeatable-read", "write-skew"});
  Node node;
  Store store(node, bug);
  Coordinator coordinator(node, bug);
  ServeTxns(node, [&coordinator](const json& txn) { return coordinator.Run(txn); });
  node.Run();
}
