// Broadcast: flood without retry.
//
// Every value is sent once to every neighbour. Right as long as the network delivers each message;
// a lost one takes its value along, for all nodes behind that link.

#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

class FloodNode {
 public:
  void Handle(const json& message) {
    const json& body = message.at("body");
    const std::string type = body.at("type");
    if (type == "init") {
      node_id_ = body.at("node_id");
      Reply(message, {{"type", "init_ok"}});
    } else if (type == "topology") {
      neighbours_ = body.at("topology").at(node_id_);
      Reply(message, {{"type", "topology_ok"}});
    } else if (type == "broadcast") {
      // A neighbour's broadcast has no msg_id: it waits for no answer.
      if (body.contains("msg_id")) Reply(message, {{"type", "broadcast_ok"}});
      Learn(body.at("message"), message.at("src"));
    } else if (type == "read") {
      Reply(message, {{"type", "read_ok"}, {"messages", values_}});
    } else {
      Reply(message, {{"type", "error"}, {"code", 10}, {"text", "this node knows no " + type}});
    }
  }

 private:
  void Learn(const json& value, const std::string& from) {
    if (!values_.insert(value).second) return;  // Known, so already passed on.
    for (const std::string& neighbour : neighbours_) {
      if (neighbour != from) Send(neighbour, {{"type", "broadcast"}, {"message", value}});
    }
  }

  void Reply(const json& request, json body) {
    body["in_reply_to"] = request.at("body").at("msg_id");
    Send(request.at("src"), std::move(body));
  }

  void Send(const std::string& dest, json body) {
    const json message = {{"src", node_id_}, {"dest", dest}, {"body", std::move(body)}};
    std::cout << message.dump() << std::endl;
  }

  std::string node_id_;
  std::vector<std::string> neighbours_;
  std::set<json> values_;
};

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);  // nothing here uses C's stdio, and each byte would go through it
  FloodNode node;
  std::string line;
  while (std::getline(std::cin, line)) node.Handle(json::parse(line));
}
