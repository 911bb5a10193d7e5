// Unique ids: the node's name makes an id unique among the nodes, a counter within the node.
//
// The counter starts again with the process. A node that may be restarted has to keep it on disk.

#include <cstdint>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

class IdGenerator {
 public:
  json Answer(const json& body) {
    const std::string type = body.at("type");
    if (type == "init") {
      node_id_ = body.at("node_id");
      return {{"type", "init_ok"}};
    }
    if (type == "generate") {
      return {{"type", "generate_ok"}, {"id", node_id_ + "-" + std::to_string(++count_)}};
    }
    return {{"type", "error"}, {"code", 10}, {"text", "this node knows no " + type}};
  }

 private:
  std::string node_id_;
  std::uint64_t count_ = 0;
};

}  // namespace

int main() {
  IdGenerator generator;
  std::string line;
  while (std::getline(std::cin, line)) {
    const json request = json::parse(line);
    json reply = {{"src", request.at("dest")}, {"dest", request.at("src")}};
    reply["body"] = generator.Answer(request.at("body"));
    reply["body"]["in_reply_to"] = request.at("body").at("msg_id");
    std::cout << reply << std::endl;
  }
}
