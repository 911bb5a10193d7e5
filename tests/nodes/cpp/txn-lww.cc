// Txn-rw-register with a copy of all registers at each node; the last writer wins.
//
// A transaction is done at the node that is asked, at once: clients are answered however the network is cut. Its
// writes have one timestamp (Lamport's clock, then the node's name), go to the other nodes as one message, until each
// has acknowledged it, and replace what is older. All nodes come to hold the same, and nothing unfinished is read:
// right for read-committed. Nothing is refused, so of two updates of one value at different nodes one is lost;
// cursor-stability finds lost-update within the 200 seeds of
//
//     gyre sweep -w txn-rw-register --bin cpp-txn-lww --seeds 1-200 --rate 100 --time-limit 5 --latency 10
//         --latency-dist exponential --consistency-models MODEL [-- --bug dirty-read]
//
// with MODEL cursor-stability. Wrong on purpose with `--bug dirty-read`, found by these as well:
//
// dirty-read: every third transaction that writes is refused (30) after the others have heard of it. MODEL
//     read-committed: G1a. Right for read-uncommitted

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "node.h"
#include "txn.h"

namespace {

constexpr std::chrono::milliseconds kRetryInterval{200};
constexpr int kRefusedOneIn = 3;

class LastWriterWins {
 public:
  LastWriterWins(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("txn", [this](const json& request) { OnTxn(request); });
    node.On("writes", [this](const json& message) {
      Merge(message.at("body").at("timestamp"), message.at("body").at("writes"));
      node_.Reply(message, {{"type", "writes_ok"}});
    });
    node.Every(kRetryInterval, [this] {
      for (const auto& [number, told] : unacknowledged_) Tell(number);
    });
  }

 private:
  using Timestamp = std::pair<std::int64_t, std::string>;

  struct Register {
    Timestamp timestamp;
    json value;
  };

  struct Told {
    std::string peer;
    json body;
  };

  void OnTxn(const json& request) {
    json done = request.at("body").at("txn");
    std::map<json, json> written;
    for (json& op : done) {
      const json& key = op.at(1);
      if (op.at(0) == "w") {
        written[key] = op.at(2);
      } else {
        op.at(2) = written.contains(key) ? written.at(key) : registers_[key].value;
      }
    }
    if (!written.empty() && !Write(Pairs(written))) return Refuse(node_, request, {30, "refused"});
    node_.Reply(request, {{"type", "txn_ok"}, {"txn", done}});
  }

  // Whether it was done.
  bool Write(const json& writes) {
    const Timestamp timestamp{++clock_, node_.id()};
    TellOthers(timestamp, writes);
    if (bug_ == "dirty-read" && ++writers_ % kRefusedOneIn == 0) return false;
    Merge(timestamp, writes);
    return true;
  }

  // Writes are [[key, value], ...].
  void Merge(const Timestamp& timestamp, const json& writes) {
    clock_ = std::max(clock_, timestamp.first);
    for (const json& write : writes) {
      Register& place = registers_[write.at(0)];
      if (place.timestamp < timestamp) place = {timestamp, write.at(1)};
    }
  }

  void TellOthers(const Timestamp& timestamp, const json& writes) {
    for (const std::string& peer : node_.peers()) {
      unacknowledged_[++told_] = {peer, {{"type", "writes"}, {"timestamp", timestamp}, {"writes", writes}}};
      Tell(told_);
    }
  }

  void Tell(std::int64_t number) {
    const Told& told = unacknowledged_.at(number);
    node_.Call(told.peer, told.body, [this, number](const json&) { unacknowledged_.erase(number); });
  }

  Node& node_;
  const std::string bug_;
  std::map<json, Register> registers_;
  std::int64_t clock_ = 0;
  int writers_ = 0;
  std::map<std::int64_t, Told> unacknowledged_;
  std::int64_t told_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  LastWriterWins registers(node, ChosenBug(argc, argv, {"dirty-read"}));
  node.Run();
}
