// Txn-list-append with the whole database under one key of the service lin-kv, as Datomic has one root.
//
// A transaction reads the root, is applied to it, and takes effect when the root is set to the result and was the one
// that it had read; else it is refused (30, txn-conflict). Strictly serializable, and slow: every two transactions
// that write conflict.
//
// Wrong on purpose with `--bug stale-snapshot`, found as G-single-item-realtime within the 200 seeds of
//
//     gyre sweep -w txn-list-append --bin cpp-txn-root --seeds 1-200 --rate 50 --time-limit 10 -- --bug stale-snapshot
//
// The root is then in seq-kv, whose reads may be old. Right for serializable.

#include <string>

#include <nlohmann/json.hpp>

#include "node.h"
#include "txn.h"

int main(int argc, char** argv) {
  const std::string bug = ChosenBug(argc, argv, {"stale-snapshot"});
  const std::string service = bug == "stale-snapshot" ? "seq-kv" : "lin-kv";
  Node node;
  ServeTxns(node, [&](const json& txn) {
    const json read = Ask(node, service, {{"type", "read"}, {"key", "root"}});
    const json before = IsError(read) ? json::object() : read.at("value");
    json after = before;
    json done = txn;
    for (json& op : done) {
      const std::string key = op.at(1).dump();
      const json old = after.value(key, json());
      if (op.at(0) == "r") {
        op.at(2) = old;
      } else {
        after[key] = After(op.at(0), old, op.at(2));
      }
    }
    if (after == before) return done;
    const json change = {{"type", "cas"}, {"key", "root"}, {"from", before}, {"to", after},
                         {"create_if_not_exists", true}};
    if (IsError(Ask(node, service, change))) throw Refused{30, "the root was set by another transaction"};
    return done;
  });
  node.Run();
}
