// Txn-rw-register, or txn-list-append, with a map of its own at each node, that no other node learns of.
//
// Each node does one transaction after the other, so nothing unfinished is read: right for read-committed, and for one
// node alone strictly serializable. Of several nodes each sees a world in which the others never wrote;
// cursor-stability finds lost-update within the 200 seeds of
//
//     gyre sweep -w txn-rw-register --bin cpp-txn-local --seeds 1-200 --rate 100 --time-limit 5
//         --consistency-models cursor-stability

#include <map>

#include <nlohmann/json.hpp>

#include "node.h"
#include "txn.h"

int main() {
  Node node;
  std::map<json, json> values;
  node.On("txn", [&](const json& request) {
    json done = request.at("body").at("txn");
    for (json& op : done) {
      json& value = values[op.at(1)];
      if (op.at(0) == "r") {
        op.at(2) = value;
      } else {
        value = After(op.at(0), value, op.at(2));
      }
    }
    node.Reply(request, {{"type", "txn_ok"}, {"txn", done}});
  });
  node.Run();
}
