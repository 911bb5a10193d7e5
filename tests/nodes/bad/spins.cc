// An echo node that, on its first echo, loops for ever and makes no system call: nothing but a
// watchdog on the wall clock can tell that from long computing.

#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const json request = json::parse(line);
    if (request.at("body").at("type") == "echo") {
      for (volatile bool forever = true; forever;) {
      }
    }
    json reply = {{"src", request.at("dest")}, {"dest", request.at("src")}};
    reply["body"] = {{"type", "init_ok"}, {"in_reply_to", request.at("body").at("msg_id")}};
    std::cout << reply << std::endl;
  }
}
