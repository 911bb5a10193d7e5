// Forks far more often than a node may, whether that works or not, then is an echo node.
//
// Its children do nothing and outlive it. Outside the simulator run it in a pid namespace of its
// own: unshare --pid --fork --kill-child.

#include <unistd.h>

#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;

int main() {
  constexpr int kForks =
      5000;  // Well over the limit of 1,024, and no more than a machine survives.
  for (int i = 0; i < kForks; ++i) {
    if (fork() == 0) {
      while (true) pause();
    }
  }

  std::string line;
  while (std::getline(std::cin, line)) {
    const json request = json::parse(line);
    const json& body = request.at("body");
    json answer = {{"type", "init_ok"}, {"in_reply_to", body.at("msg_id")}};
    if (body.at("type") == "echo") {
      answer["type"] = "echo_ok";
      answer["echo"] = body.at("echo");
    }
    json reply = {{"src", request.at("dest")}, {"dest", request.at("src")}};
    reply["body"] = answer;
    std::cout << reply << std::endl;
  }
}
