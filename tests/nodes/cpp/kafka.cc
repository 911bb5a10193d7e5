// Kafka on one node: a list for each key, an offset is a place in it.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w kafka --bin cpp-kafka --seeds 1-200 --node-count 1 --concurrency 10n --rate 100 --time-limit 20
//         --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential --p-loss 0.05
//         -- --bug NAME
//
// commits-ahead: takes all that a poll could have returned as processed, and never returns it again
// loses-messages: gives every tenth message an offset and forgets it
// reorders-messages: swaps the last two messages of every tenth poll
// skips-messages: begins every tenth poll one message further on, if that one was returned before
// stores-twice: stores every tenth message twice

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "node.h"

namespace {

constexpr std::size_t kMostMessages = 3;  // A poll returns so many of a key.

using Offset = std::int64_t;

struct Log {
  std::vector<std::pair<Offset, json>> messages;  // In the order of offsets.
  Offset end = 0;                                 // The next offset.
  Offset committed = -1;
  Offset polled = -1;  // The highest that a poll returned.
};

class Kafka {
 public:
  Kafka(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("send", [this](const json& message) { Send(message); });
    node.On("poll", [this](const json& message) { Poll(message); });
    node.On("commit_offsets", [this](const json& message) { Commit(message); });
    node.On("list_committed_offsets", [this](const json& message) { ListCommitted(message); });
  }

 private:
  void Send(const json& message) {
    const json& body = message.at("body");
    Log& log = logs_[body.at("key")];
    const Offset offset = log.end++;
    if (!(bug_ == "loses-messages" && Unlucky())) log.messages.emplace_back(offset, body.at("msg"));
    if (bug_ == "stores-twice" && Unlucky()) log.messages.emplace_back(log.end++, body.at("msg"));
    node_.Reply(message, {{"type", "send_ok"}, {"offset", offset}});
  }

  void Poll(const json& message) {
    json found = json::object();
    for (const auto& [key, offset] : message.at("body").at("offsets").items()) {
      found[key] = MessagesFrom(logs_[key], offset);
    }
    node_.Reply(message, {{"type", "poll_ok"}, {"msgs", found}});
  }

  json MessagesFrom(Log& log, Offset offset) {
    if (bug_ == "commits-ahead") {
      offset = std::max(offset, log.committed + 1);
      log.committed = log.end - 1;
    }
    std::vector<std::pair<Offset, json>> found;
    for (const auto& stored : log.messages) {
      if (stored.first >= offset) found.push_back(stored);
    }
    // Only what somebody has been given: else it would be lost.
    const bool may_skip = found.size() > 1 && found[0].first <= log.polled;
    if (bug_ == "skips-messages" && may_skip && Unlucky()) found.erase(found.begin());
    found.resize(std::min(found.size(), kMostMessages));
    if (!found.empty()) log.polled = std::max(log.polled, found.back().first);
    if (bug_ == "reorders-messages" && found.size() > 1 && Unlucky()) std::iter_swap(found.end() - 2, found.end() - 1);
    return found;
  }

  void Commit(const json& message) {
    for (const auto& [key, offset] : message.at("body").at("offsets").items()) {
      Log& log = logs_[key];
      log.committed = std::max(log.committed, offset.get<Offset>());
    }
    node_.Reply(message, {{"type", "commit_offsets_ok"}});
  }

  void ListCommitted(const json& message) {
    json offsets = json::object();
    for (const std::string key : message.at("body").at("keys")) {
      if (logs_[key].committed >= 0) offsets[key] = logs_[key].committed;
    }
    node_.Reply(message, {{"type", "list_committed_offsets_ok"}, {"offsets", offsets}});
  }

  // Every tenth time that the mistake could be made.
  bool Unlucky() { return ++chances_ % 10 == 0; }

  Node& node_;
  const std::string bug_;
  std::map<std::string, Log> logs_;
  int chances_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  Kafka kafka(node, ChosenBug(argc, argv, {"commits-ahead", "loses-messages", "reorders-messages", "skips-messages",
                                           "stores-twice"}));
  node.Run();
}
