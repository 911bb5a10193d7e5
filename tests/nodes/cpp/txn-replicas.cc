// Txn-list-append and txn-rw-register with a primary and a copy at each other node.
//
// The first node does all transactions that write, one after the other, and tells every copy what each has written,
// with its number; the others pass such transactions on to it. Transactions that only read are answered from the copy.
// A copy applies writes in the order of their numbers, so that it is always what the primary once was: serializable,
// but its reads may be old; strong-snapshot-isolation finds G-single-item-realtime within the 200 seeds of
//
//     gyre sweep -w txn-list-append --bin cpp-txn-replicas --seeds 1-200 --rate 100 --time-limit 5 --latency 10
//         --latency-dist exponential --consistency-models strong-snapshot-isolation
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w txn-list-append --bin cpp-txn-replicas --seeds 1-200 --rate 400 --time-limit 3 --latency 20
//         --latency-dist exponential --key-dist uniform --key-count 6 --max-txn-length 2 --consistency-models MODEL
//         -- --bug NAME
//
// fractured-read: a copy applies each write when it comes, in a message of its own. MODEL consistent-view:
//     G-single-item. Right for read-committed
// long-fork: a copy applies writes before those with smaller numbers that they do not follow from. MODEL
//     snapshot-isolation: G-nonadjacent-item. Right for update-serializable

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "node.h"
#include "txn.h"

namespace {

class Replica {
 public:
  Replica(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("txn", [this](const json& request) { OnTxn(request); });
    node.On("writes", [this](const json& message) { OnWrites(message.at("body")); });
  }

 private:
  struct Version {
    std::int64_t number = 0;  // Of the transaction that wrote it.
    json value;
  };

  // A transaction that writes: what its copies are told.
  struct Writes {
    std::map<json, json> values;
    std::set<std::int64_t> follows;  // Numbers of the transactions whose writes it saw or replaces.
  };

  void OnTxn(const json& request) {
    const json& txn = request.at("body").at("txn");
    const bool reads_only = std::all_of(txn.begin(), txn.end(), [](const json& op) { return op.at(0) == "r"; });
    const std::string primary = FirstNode(node_);
    if (!reads_only && primary != node_.id()) {
      node_.Call(primary, {{"type", "txn"}, {"txn", txn}},
                 [this, request](const json& reply) { node_.Reply(request, reply); });
      return;
    }
    json done = txn;
    const Writes writes = Do(&done);
    if (!reads_only) Tell(writes);
    node_.Reply(request, {{"type", "txn_ok"}, {"txn", done}});
  }

  // Fills in the reads.
  Writes Do(json* txn) const {
    Writes writes;
    for (json& op : *txn) {
      const json& key = op.at(1);
      const auto known = values_.find(key);
      if (known != values_.end()) writes.follows.insert(known->second.number);
      const auto written = writes.values.find(key);
      const json old = written != writes.values.end() ? written->second
                       : known != values_.end()       ? known->second.value
                                                      : json();
      if (op.at(0) == "r") {
        op.at(2) = old;
      } else {
        writes.values[key] = After(op.at(0), old, op.at(2));
      }
    }
    return writes;
  }

  // Only at the primary.
  void Tell(const Writes& writes) {
    const std::int64_t number = Applied() + 1;
    std::vector<json> parts = {Pairs(writes.values)};
    if (bug_ == "fractured-read") {
      parts.clear();
      for (const json& write : Pairs(writes.values)) parts.push_back(json::array({write}));
    }
    for (const json& part : parts) {
      const json body = {{"type", "writes"}, {"number", number}, {"writes", part}, {"follows", writes.follows}};
      for (const std::string& peer : node_.peers()) node_.Send(peer, body);
      Apply(body);
    }
  }

  void OnWrites(const json& body) {
    if (bug_ == "fractured-read") return Apply(body);
    waiting_[body.at("number")] = body;
    for (;;) {
      const auto next =
          std::find_if(waiting_.begin(), waiting_.end(), [this](const auto& each) { return MayApply(each.second); });
      if (next == waiting_.end()) return;
      Apply(waiting_.extract(next).mapped());
    }
  }

  bool MayApply(const json& body) const {
    if (bug_ != "long-fork") return body.at("number") == Applied() + 1;
    return std::all_of(body.at("follows").begin(), body.at("follows").end(),
                       [this](const json& number) { return applied_.contains(number); });
  }

  void Apply(const json& body) {
    const std::int64_t number = body.at("number");
    applied_.insert(number);
    for (const json& write : body.at("writes")) {
      Version& place = values_[write.at(0)];
      if (place.number < number) place = {number, write.at(1)};
    }
  }

  std::int64_t Applied() const { return static_cast<std::int64_t>(applied_.size()); }

  Node& node_;
  const std::string bug_;
  std::map<json, Version> values_;
  std::set<std::int64_t> applied_;        // Numbers of transactions.
  std::map<std::int64_t, json> waiting_;  // Those that came too early.
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  Replica replica(node, ChosenBug(argc, argv, {"fractured-read", "long-fork"}));
  node.Run();
}
