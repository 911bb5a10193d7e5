// Once initialized, writes messages to itself without end, and reads no more.

#include <cstdint>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;

int main() {
  std::string line;
  std::getline(std::cin, line);
  const json init = json::parse(line);
  const json node = init.at("dest");

  json reply = {{"src", node}, {"dest", init.at("src")}};
  reply["body"] = {{"type", "init_ok"}, {"in_reply_to", init.at("body").at("msg_id")}};
  std::cout << reply << std::endl;

  json message = {{"src", node}, {"dest", node}, {"body", {{"type", "flood"}}}};
  for (std::uint64_t msg_id = 1; std::cout; ++msg_id) {
    message["body"]["msg_id"] = msg_id;
    std::cout << message << '\n';
  }
}
