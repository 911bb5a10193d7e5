// A counter in the service seq-kv, whose total all nodes change by cas.
//
// Beside the total stands how many additions of each node are in it. A cas that is not answered may have happened, and
// that number says whether it did: nothing is counted twice, nothing is lost. One thread asks the service, for all
// requests that came while it was busy.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w pn-counter --bin cpp-seq-kv-counter --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
//         --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
//         --p-loss 0.05 -- --bug NAME
//
// double-counts: adds again when no answer came, without a look whether it happened
// reads-stale: reads without writing first

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "node.h"

namespace {

constexpr std::chrono::milliseconds kAnswerTimeout{100};

class SeqKvCounter {
 public:
  SeqKvCounter(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("add", [this](const json& message) { Enqueue(message); });
    node.On("read", [this](const json& message) { Enqueue(message); });
  }

 private:
  void Enqueue(const json& request) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(request);
    }
    some_.notify_one();
  }

  void Work(std::stop_token stop) {
    while (!stop.stop_requested()) {
      std::unique_lock lock(mutex_);
      some_.wait(lock, stop, [this] { return !waiting_.empty(); });
      const std::vector<json> requests = std::exchange(waiting_, {});
      lock.unlock();
      Serve(requests);
    }
  }

  void Serve(const std::vector<json>& requests) {
    std::vector<json> adds, reads;
    std::int64_t delta = 0;
    for (const json& request : requests) {
      const json& body = request.at("body");
      (body.at("type") == "add" ? adds : reads).push_back(request);
      if (body.at("type") == "add") delta += body.at("delta").get<std::int64_t>();
    }
    if (!adds.empty()) Add(delta);
    for (const json& request : adds) node_.Reply(request, {{"type", "add_ok"}});
    if (reads.empty()) return;
    const json total = FreshState().at("total");
    for (const json& request : reads) node_.Reply(request, {{"type", "read_ok"}, {"value", total}});
  }

  void Add(std::int64_t delta) {
    ++additions_;
    for (;;) {
      const json state = FreshState();
      json next = state;
      json& counted = next.at("additions")[node_.id()];
      if (counted == additions_ && bug_ != "double-counts") return;
      counted = additions_;
      next.at("total") = state.at("total").get<std::int64_t>() + delta;
      const std::optional<json> reply = node_.Ask("seq-kv",
                                                  {{"type", "cas"},
                                                   {"key", "counter"},
                                                   {"from", state},
                                                   {"to", next},
                                                   {"create_if_not_exists", true}},
                                                  kAnswerTimeout);
      if (reply && reply->at("type") == "cas_ok") return;
    }
  }

  // The newest state. What changes nothing may be answered from an old one, so something is written first.
  json FreshState() {
    ++writes_;
    if (bug_ != "reads-stale") AskUntilAnswered({{"type", "write"}, {"key", node_.id()}, {"value", writes_}});
    const json reply = AskUntilAnswered({{"type", "read"}, {"key", "counter"}});
    if (reply.contains("value")) return reply.at("value");
    return {{"total", 0}, {"additions", json::object()}};
  }

  json AskUntilAnswered(const json& body) {
    for (;;) {
      if (const std::optional<json> reply = node_.Ask("seq-kv", body, kAnswerTimeout)) return *reply;
    }
  }

  Node& node_;
  const std::string bug_;
  // Of the working thread alone.
  std::int64_t additions_ = 0;
  std::int64_t writes_ = 0;

  std::mutex mutex_;
  std::vector<json> waiting_;  // Guarded by mutex_.
  std::condition_variable_any some_;
  std::jthread worker_{[this](std::stop_token stop) { Work(stop); }};
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  SeqKvCounter counter(node, ChosenBug(argc, argv, {"double-counts", "reads-stale"}));
  node.Run();
}
