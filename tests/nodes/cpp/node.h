// What a node needs: messages in and out, replies to its requests, timers.
//
//   Node node;
//   node.On("echo", [&](const json& message) {
//     node.Reply(message, {{"type", "echo_ok"}, {"echo", message.at("body").at("echo")}});
//   });
//   node.Run();
//
// Handlers, callbacks and timers run one at a time, so that they need no locks of their own.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <initializer_list>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

using nlohmann::json;

class Node {
 public:
  using Handler = std::function<void(const json& message)>;
  using Callback = std::function<void(const json& body)>;
  using Milliseconds = std::chrono::milliseconds;

  // Before Run: what is done with a type of message, and what again and again, from init on.
  void On(const std::string& type, Handler handler) { handlers_[type] = std::move(handler); }
  void Every(Milliseconds interval, std::function<void()> action) { timers_.push_back({interval, std::move(action)}); }

  // Reads until there is no more.
  void Run() {
    std::string line;
    while (std::getline(std::cin, line)) {
      const json message = json::parse(line);
      const std::lock_guard lock(mutex_);
      Handle(message);
    }
  }

  void Send(const std::string& dest, json body) {
    const std::lock_guard lock(mutex_);
    const json message = {{"src", id_}, {"dest", dest}, {"body", std::move(body)}};
    std::cout << message << std::endl;
  }

  void Reply(const json& request, json body) {
    body["in_reply_to"] = request.at("body").at("msg_id");
    Send(request.at("src"), std::move(body));
  }

  // Sends a request. The callback gets the reply's body, or is never called: messages get lost.
  void Call(const std::string& dest, json body, Callback callback) {
    const std::lock_guard lock(mutex_);
    body["msg_id"] = ++last_msg_id_;
    callbacks_[last_msg_id_] = std::move(callback);
    Send(dest, std::move(body));
  }

  // Sends a request and waits: the reply's body, if one comes in time. Not for handlers: all would wait.
  std::optional<json> Ask(const std::string& dest, json body, Milliseconds timeout) {
    const auto answer = std::make_shared<std::promise<json>>();
    Call(dest, std::move(body), [answer](const json& reply) { answer->set_value(reply); });
    std::future<json> future = answer->get_future();
    if (future.wait_for(timeout) != std::future_status::ready) return std::nullopt;
    return future.get();
  }

  // Known from init on.
  const std::string& id() const { return id_; }
  const std::vector<std::string>& peers() const { return peers_; }  // The other nodes.

 private:
  struct Timer {
    Milliseconds interval;
    std::function<void()> action;
  };

  void Handle(const json& message) {
    const json& body = message.at("body");
    if (body.contains("in_reply_to")) {
      const auto call = callbacks_.extract(body.at("in_reply_to").get<std::int64_t>());
      if (!call.empty()) call.mapped()(body);
      return;
    }
    const std::string type = body.at("type");
    if (type == "init") return Init(message);
    const auto handler = handlers_.find(type);
    if (handler != handlers_.end()) return handler->second(message);
    Reply(message, {{"type", "error"}, {"code", 10}, {"text", "this node knows no " + type}});
  }

  void Init(const json& message) {
    id_ = message.at("body").at("node_id");
    peers_ = message.at("body").at("node_ids");
    std::erase(peers_, id_);
    Reply(message, {{"type", "init_ok"}});
    for (const Timer& timer : timers_) {
      threads_.emplace_back([this, &timer](std::stop_token stop) { Repeat(timer, stop); });
    }
  }

  void Repeat(const Timer& timer, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, timer.interval, [] { return false; }) && !stop.stop_requested()) timer.action();
  }

  std::recursive_mutex mutex_;  // Guards all below, stdout, and what handlers share. Recursive: handlers send.
  std::string id_;
  std::vector<std::string> peers_;
  std::map<std::string, Handler> handlers_;
  std::vector<Timer> timers_;
  std::map<std::int64_t, Callback> callbacks_;  // By msg_id.
  std::int64_t last_msg_id_ = 0;

  std::condition_variable_any wake_;
  // The last member: joined before the others go.
  std::vector<std::jthread> threads_;
};

// The mistake that the command line asks for (--bug NAME), or nothing.
inline std::string ChosenBug(int argc, char** argv, std::initializer_list<std::string_view> known) {
  if (argc == 1) return "";
  if (argc == 3 && std::string_view(argv[1]) == "--bug" && std::count(known.begin(), known.end(), argv[2]) > 0) {
    return argv[2];
  }
  std::cerr << "usage: " << argv[0] << " [--bug NAME], where NAME is one of:";
  for (const std::string_view name : known) std::cerr << " " << name;
  std::cerr << std::endl;
  std::exit(2);
}
