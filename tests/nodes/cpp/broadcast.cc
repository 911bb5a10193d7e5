// Broadcast: flood with acknowledgement and retry.
//
// A value goes on to every neighbour but the one it came from, and again and again until that
// neighbour has acknowledged it. Lost messages and partitions can delay a value, but not lose it.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds kRetryInterval{500};

class BroadcastNode {
 public:
  void Handle(const json& message) {
    const std::lock_guard lock(mutex_);
    const json& body = message.at("body");
    const std::string type = body.at("type");
    if (type == "init") {
      node_id_ = body.at("node_id");
      Reply(message, {{"type", "init_ok"}});
    } else if (type == "topology") {
      neighbours_ = body.at("topology").at(node_id_);
      Reply(message, {{"type", "topology_ok"}});
    } else if (type == "broadcast") {
      Reply(message, {{"type", "broadcast_ok"}});
      Learn(body.at("message"), message.at("src"));
    } else if (type == "broadcast_ok") {
      unacknowledged_.erase(body.at("in_reply_to"));
    } else if (type == "read") {
      Reply(message, {{"type", "read_ok"}, {"messages", values_}});
    } else if (!body.contains("in_reply_to")) {
      Reply(message, {{"type", "error"}, {"code", 10}, {"text", "this node knows no " + type}});
    }
  }

 private:
  struct Forward {
    std::string neighbour;
    json body;
  };

  void Learn(const json& value, const std::string& from) {
    if (!values_.insert(value).second) return;  // Known, so already on its way.
    for (const std::string& neighbour : neighbours_) {
      if (neighbour == from) continue;
      const std::int64_t msg_id = ++last_msg_id_;
      json body = {{"type", "broadcast"}, {"msg_id", msg_id}, {"message", value}};
      Send(neighbour, body);
      unacknowledged_[msg_id] = {neighbour, std::move(body)};
    }
  }

  void RetryUntil(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      for (const auto& [msg_id, forward] : unacknowledged_) Send(forward.neighbour, forward.body);
      wake_.wait_for(lock, stop, kRetryInterval, [] { return false; });
    }
  }

  void Reply(const json& request, json body) {
    body["in_reply_to"] = request.at("body").at("msg_id");
    Send(request.at("src"), std::move(body));
  }

  void Send(const std::string& dest, json body) {
    const json message = {{"src", node_id_}, {"dest", dest}, {"body", std::move(body)}};
    std::cout << message << std::endl;
  }

  std::mutex mutex_;  // Guards all below, and stdout.
  std::string node_id_;
  std::vector<std::string> neighbours_;
  std::set<json> values_;
  std::map<std::int64_t, Forward> unacknowledged_;  // By msg_id.
  std::int64_t last_msg_id_ = 0;

  std::condition_variable_any wake_;
  // The last member: it starts when the others are there and is joined before they go.
  std::jthread retry_{[this](std::stop_token stop) { RetryUntil(stop); }};
};

}  // namespace

int main() {
  BroadcastNode node;
  std::string line;
  while (std::getline(std::cin, line)) node.Handle(json::parse(line));
}
