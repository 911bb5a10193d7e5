// Echo: answers every request with the value that it carried.

#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

json Answer(const json& body) {
  const std::string type = body.at("type");
  if (type == "init") return {{"type", "init_ok"}};
  if (type == "echo") return {{"type", "echo_ok"}, {"echo", body.at("echo")}};
  return {{"type", "error"}, {"code", 10}, {"text", "this node knows no " + type}};
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);  // nothing here uses C's stdio, and each byte would go through it
  std::string line;
  while (std::getline(std::cin, line)) {
    const json request = json::parse(line);
    json reply = {{"src", request.at("dest")}, {"dest", request.at("src")}};
    reply["body"] = Answer(request.at("body"));
    reply["body"]["in_reply_to"] = request.at("body").at("msg_id");
    // endl and not '\n': a reply that stays in the buffer is never sent.
    std::cout << reply.dump() << std::endl;
  }
}
