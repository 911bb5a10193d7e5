// Lin-kv by proxy: whatever clients ask is asked of the service lin-kv.
//
// Each request goes there once. Where it or its reply gets lost, the client gets no answer and knows that it may have
// happened. To write again would be wrong: the first may have happened, and somebody may have written something else
// since.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w lin-kv --bin cpp-lin-kv-proxy --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
//         --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
//         --p-loss 0.05 -- --bug NAME
//
// reads-seq-kv: asks seq-kv, whose reads may be old
// writes-again: asks again, whatever it is, when no answer came

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "node.h"

namespace {

constexpr std::chrono::milliseconds kRetryInterval{50};

class Proxy {
 public:
  Proxy(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    for (const char* type : {"read", "write", "cas"}) {
      node.On(type, [this](const json& request) { Forward(request); });
    }
    if (bug == "writes-again") node.Every(kRetryInterval, [this] { Again(); });
  }

 private:
  void Forward(const json& request) {
    const std::int64_t number = ++requests_;
    unanswered_[number] = request;
    Ask(number);
  }

  void Ask(std::int64_t number) {
    const std::string service = bug_ == "reads-seq-kv" ? "seq-kv" : "lin-kv";
    node_.Call(service, unanswered_.at(number).at("body"), [this, number](const json& reply) {
      const auto request = unanswered_.extract(number);
      if (!request.empty()) node_.Reply(request.mapped(), reply);
    });
  }

  void Again() {
    for (const auto& [number, request] : unanswered_) Ask(number);
  }

  Node& node_;
  const std::string bug_;
  std::map<std::int64_t, json> unanswered_;
  std::int64_t requests_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  Proxy proxy(node, ChosenBug(argc, argv, {"reads-seq-kv", "writes-again"}));
  node.Run();
}
