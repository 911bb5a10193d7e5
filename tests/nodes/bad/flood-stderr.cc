// Writes 1 GiB of log to stderr before it reads anything, then is an echo node.

#include <cstddef>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;

int main() {
  constexpr std::size_t kLineSize = 64 * 1024;
  constexpr std::size_t kLogSize = std::size_t{1} << 30;
  const std::string log_line = std::string(kLineSize - 1, 'x') + '\n';
  for (std::size_t written = 0; written < kLogSize; written += kLineSize) std::cerr << log_line;

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
