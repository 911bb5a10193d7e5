// G-set: a set that only grows. Each node tells all others all its elements, again and again.
//
// A set is joined with another by union: in any order, as often as one likes. So lost and repeated messages do no harm.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w g-set --bin cpp-g-set --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
//         --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
//         --p-loss 0.05 -- --bug NAME
//
// gossips-once: tells each element once: who does not hear it then never will
// overwrites: takes what it is told for all there is

#include <chrono>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "node.h"

namespace {

constexpr std::chrono::milliseconds kGossipInterval{500};

class GSet {
 public:
  GSet(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("add", [this](const json& message) { Add(message); });
    node.On("read", [this](const json& message) { node_.Reply(message, {{"type", "read_ok"}, {"value", elements_}}); });
    node.On("gossip", [this](const json& message) { Learn(message.at("body").at("elements")); });
    node.Every(kGossipInterval, [this] { Gossip(); });
  }

 private:
  void Add(const json& message) {
    elements_.insert(message.at("body").at("element"));
    news_.insert(message.at("body").at("element"));
    node_.Reply(message, {{"type", "add_ok"}});
  }

  void Learn(const json& elements) {
    if (bug_ == "overwrites") elements_.clear();
    elements_.insert(elements.begin(), elements.end());
  }

  void Gossip() {
    const std::set<json>& told = bug_ == "gossips-once" ? news_ : elements_;
    for (const std::string& peer : node_.peers()) node_.Send(peer, {{"type", "gossip"}, {"elements", told}});
    news_.clear();
  }

  Node& node_;
  const std::string bug_;
  std::set<json> elements_;
  std::set<json> news_;  // Elements not gossiped yet.
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  GSet set(node, ChosenBug(argc, argv, {"gossips-once", "overwrites"}));
  node.Run();
}
