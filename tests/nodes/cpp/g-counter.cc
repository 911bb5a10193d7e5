// G-counter: a counter that only grows, without coordination.
//
// Each node counts what its own clients add, and tells all others every count that it knows, again and again. A count
// only grows, so of two the larger is the later: lost, repeated and late messages do no harm.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w g-counter --bin cpp-g-counter --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
//         --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
//         --p-loss 0.05 -- --bug NAME
//
// double-counts: adds what it is told, each time
// overwrites: takes what it is told for the latest, even of itself

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "node.h"

namespace {

constexpr std::chrono::milliseconds kGossipInterval{500};

using Counts = std::map<std::string, std::int64_t>;

class GCounter {
 public:
  GCounter(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("add", [this](const json& message) { Add(message); });
    node.On("read", [this](const json& message) { Read(message); });
    node.On("gossip", [this](const json& message) { Learn(message.at("body").at("counts")); });
    node.Every(kGossipInterval, [this] { Gossip(); });
  }

 private:
  void Add(const json& message) {
    counts_[node_.id()] += message.at("body").at("delta").get<std::int64_t>();
    node_.Reply(message, {{"type", "add_ok"}});
  }

  void Read(const json& message) {
    std::int64_t sum = 0;
    for (const auto& [name, count] : counts_) sum += count;
    node_.Reply(message, {{"type", "read_ok"}, {"value", sum}});
  }

  void Learn(const Counts& others) {
    for (const auto& [name, count] : others) {
      std::int64_t& mine = counts_[name];
      if (bug_ == "double-counts") {
        mine += count;
      } else if (bug_ == "overwrites") {
        mine = count;
      } else {
        mine = std::max(mine, count);
      }
    }
  }

  void Gossip() {
    // The double counter adds what it hears, so it had better hear of a node from that node alone.
    const Counts told = bug_ == "double-counts" ? Counts{{node_.id(), counts_[node_.id()]}} : counts_;
    for (const std::string& peer : node_.peers()) node_.Send(peer, {{"type", "gossip"}, {"counts", told}});
  }

  Node& node_;
  const std::string bug_;
  Counts counts_;  // What the clients of each node have added.
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  GCounter counter(node, ChosenBug(argc, argv, {"double-counts", "overwrites"}));
  node.Run();
}
