// Echo by a pool of threads: each request is put into a queue, and whichever of eight threads takes it works for a
// while that hangs on the request, then answers. So replies overtake one another, in an order that is the scheduler's.

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

constexpr int kThreads = 8;

class Pool {
 public:
  Pool() {
    for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Work(); });
  }

  void Add(json request) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(request));
    }
    added_.notify_one();
  }

 private:
  void Work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      added_.wait(lock, [this] { return !queue_.empty(); });
      const json request = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      const json& body = request.at("body");
      json reply = {{"type", "error"}, {"code", 10}, {"text", "this node only echoes"}};
      if (body.at("type") == "init") reply = {{"type", "init_ok"}};
      if (body.at("type") == "echo") {
        std::this_thread::sleep_for(std::chrono::milliseconds(body.at("msg_id").get<int>() * 7 % 20));
        reply = {{"type", "echo_ok"}, {"echo", body.at("echo")}};
      }
      reply["in_reply_to"] = body.at("msg_id");
      const std::string line = json{{"src", request.at("dest")}, {"dest", request.at("src")}, {"body", reply}}.dump();
      lock.lock();
      std::cout << line << std::endl;
    }
  }

  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<json> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace

int main() {
  Pool& pool = *new Pool();  // its threads run until the process ends
  for (std::string line; std::getline(std::cin, line);) pool.Add(json::parse(line));
  std::_Exit(0);
}
