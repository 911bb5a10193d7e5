// Broadcast without gossip: wrong as soon as there are two nodes.
//
// Each node remembers what its own clients said and tells nobody.

#include <iostream>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

json Answer(const json& body, std::set<json>& values) {
  const std::string type = body.at("type");
  if (type == "init") return {{"type", "init_ok"}};
  if (type == "topology") return {{"type", "topology_ok"}};
  if (type == "broadcast") {
    values.insert(body.at("message"));
    return {{"type", "broadcast_ok"}};
  }
  if (type == "read") return {{"type", "read_ok"}, {"messages", values}};
  return {{"type", "error"}, {"code", 10}, {"text", "this node knows no " + type}};
}

}  // namespace

int main() {
  std::set<json> values;
  std::string line;
  while (std::getline(std::cin, line)) {
    const json request = json::parse(line);
    json reply = {{"src", request.at("dest")}, {"dest", request.at("src")}};
    reply["body"] = Answer(request.at("body"), values);
    reply["body"]["in_reply_to"] = request.at("body").at("msg_id");
    std::cout << reply << std::endl;
  }
}
