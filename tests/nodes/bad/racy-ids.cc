// Unique ids by two worker threads that share a counter and forget its lock: an update can be lost, and
// then two ids are equal. The window between the counter's read and its write has no system call.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

class Workers {
 public:
  Workers() {
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { Run(); });
  }
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    some_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void Give(json request) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
    }
    some_.notify_one();
  }

 private:
  void Run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      some_.wait(lock, [this] { return over_ || !requests_.empty(); });
      if (requests_.empty()) return;
      const json request = std::move(requests_.front());
      requests_.pop_front();
      lock.unlock();
      Answer(request);
    }
  }

  // A lock should be held in here.
  std::string NextId() {
    const std::uint64_t count = count_;
    std::string id = node_id_ + "-" + std::to_string(count);
    count_ = count + 1;
    return id;
  }

  void Answer(const json& request) {
    const std::string id = NextId();
    const json& body = request.at("body");
    json answer = {{"in_reply_to", body.at("msg_id")}};
    if (body.at("type") == "init") {
      node_id_ = body.at("node_id");
      answer["type"] = "init_ok";
    } else {
      answer["type"] = "generate_ok";
      answer["id"] = id;
    }
    const json reply = {{"src", request.at("dest")}, {"dest", request.at("src")}, {"body", answer}};
    const std::string line = reply.dump() + "\n";
    const std::lock_guard lock(output_mutex_);
    std::cout << line << std::flush;
  }

  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<json> requests_;
  bool over_ = false;
  std::string node_id_;
  volatile std::uint64_t count_ = 0;
  std::mutex output_mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace

int main() {
  Workers workers;
  std::string line;
  while (std::getline(std::cin, line)) workers.Give(json::parse(line));
}
