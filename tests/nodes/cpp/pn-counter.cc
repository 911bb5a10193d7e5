// PN-counter: a counter that grows and shrinks, without coordination.
//
// Two counters that only grow, one of what was added and one of what was taken away; each as in g-counter.cc.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w pn-counter --bin cpp-pn-counter --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
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

std::int64_t Sum(const Counts& counts) {
  std::int64_t sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

class PnCounter {
 public:
  PnCounter(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("add", [this](const json& message) { Add(message); });
    node.On("read", [this](const json& message) {
      node_.Reply(message, {{"type", "read_ok"}, {"value", Sum(added_) - Sum(removed_)}});
    });
    node.On("gossip", [this](const json& message) {
      Merge(message.at("body").at("added"), added_);
      Merge(message.at("body").at("removed"), removed_);
    });
    node.Every(kGossipInterval, [this] { Gossip(); });
  }

 private:
  void Add(const json& message) {
    const std::int64_t delta = message.at("body").at("delta");
    if (delta >= 0) {
      added_[node_.id()] += delta;
    } else {
      removed_[node_.id()] -= delta;
    }
    node_.Reply(message, {{"type", "add_ok"}});
  }

  void Merge(const Counts& others, Counts& counts) const {
    for (const auto& [name, count] : others) {
      std::int64_t& mine = counts[name];
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
    for (const std::string& peer : node_.peers()) {
      node_.Send(peer, {{"type", "gossip"}, {"added", Told(added_)}, {"removed", Told(removed_)}});
    }
  }

  // The double counter adds what it hears, so it had better hear of a node from that node alone.
  Counts Told(Counts& counts) const {
    return bug_ == "double-counts" ? Counts{{node_.id(), counts[node_.id()]}} : counts;
  }

  Node& node_;
  const std::string bug_;
  Counts added_;  // By the clients of each node.
  Counts removed_;
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  PnCounter counter(node, ChosenBug(argc, argv, {"double-counts", "overwrites"}));
  node.Run();
}
